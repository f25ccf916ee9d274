//! Does the command line keep its contract: commands, exit codes, what is written where, and what
//! is said to whom? Do the pages, the samples and the files for CI servers say what it does?

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod advice;
mod auth;
mod book;
mod ci;
mod clean;
mod colleagues;
mod compare;
mod config;
mod doctor;
mod dossier;
mod existing;
mod files;
mod guide;
mod init;
mod interrupt;
mod kit;
mod lists;
mod lost;
mod mistakes;
mod newman;
mod oauth;
mod payload;
mod proxy;
mod readme;
mod sample;
mod secrets;
mod selection;
mod selftest;
mod several;
mod silent;
mod stopped;
mod stored;
mod tls;
mod usage;
mod verdict;
mod waivers;
mod walk;
mod watch;
