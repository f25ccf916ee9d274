//! What a user can get wrong in the configuration and the options: each mistake is reported with
//! what to do, before the first request, and without a secret.

use crate::support::BASE;
use crate::support::binary::Folder;
use crate::support::server::Server;

#[test]
fn each_mistake_is_told_before_the_first_request_and_no_secret_with_it() {
    let server = Server::untouched();
    let url = server.url(BASE);
    let target = format!("target = '{url}'\n");
    let one = |text: &str| format!("{target}{text}");
    let profiles = format!("[env.staging]\n{target}[env.live]\n{target}");
    let several = format!("[[targets]]\nname = 'blue'\nurl = '{url}'\n");
    let cases: &[(&str, &[&str], &[&str])] = &[
        (&profiles, &[], &["--env", "staging", "live"]),
        (
            &several,
            &["--target", "blau"],
            &["no target `blau`", "blue"],
        ),
        ("target = 'http://h/?q=hunter22'\n", &[], &["no query"]),
        (
            "target = 'http://me:hunter22@h/'\n",
            &[],
            &["Authorization header"],
        ),
        (
            &one("[auth.basic]\nuser = 'a:b'\npassword = 'hunter22'\n"),
            &[],
            &["auth.basic.user", "colon"],
        ),
        (
            &one("[auth.bearer]\ntoken = 'hunter22'\nfile = 'x'\n"),
            &[],
            &["two places", "token, file and command"],
        ),
        (
            &one("[auth.api-key]\nkey = 'hunter22'\nheader = 'A'\nquery = 'b'\n"),
            &[],
            &["two places", "header and query"],
        ),
        (
            &one("[auth.oauth2]\nscop = 'x'\n"),
            &[],
            &["unknown key `scop`", "`scope`"],
        ),
        (
            &one("[auth.oauth2]\ntoken-url = 'http://h/'\nclient-id = 'a'\n\
                  client-secret = 'hunter22'\nparameters = { scope = 'x' }\n"),
            &[],
            &["auth.oauth2.parameters", "key of its own"],
        ),
        (
            &one("[tls]\nclient-cert = 'a.pem'\n[proxy]\nurl = 'https://me:hunter22@h:1'\n"),
            &[],
            &["client certificate", "proxy of http://"],
        ),
        (
            &one("[headers]\nAuthorization = 'Bearer ${NOT_SET_HERE}'\n"),
            &[],
            &["NOT_SET_HERE", "is not set"],
        ),
        (
            &target,
            &["--header", "hunter22"],
            &["header 1", "Name: value"],
        ),
        (&target, &["--format", "xml"], &["`xml`", "junit"]),
        (
            &target,
            &["--reference", "--level", "profile", "--gate", "guideline"],
            &["--gate", "above"],
        ),
        (&target, &["--payload", "none.json"], &["none.json"]),
        (&target, &["--baseline", "none"], &["none", "can't be read"]),
        (&target, &["--max-writes", "0"], &["max-writes", "0"]),
    ];
    for (file, arguments, words) in cases {
        let folder = Folder::default();
        folder.write("tmfctk.toml", file);
        let all = [&["run"], *arguments].concat();
        let done = folder.run(&all).assert_code(2).assert_error(words);
        let said = format!("{}{}", done.stdout, done.stderr);
        assert!(!said.contains("hunter22"), "{said}");
        assert!(
            !folder.path("reports/latest/result.json").exists(),
            "{file}{arguments:?}"
        );
    }
    assert_eq!(server.connections(), 0);
}
