//! Both directions: what the kit causes is marked, what the target causes is not.
