//! The provider's pages: no script, nothing from elsewhere.

use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use server::site::{Page, page};

use super::{PATH, PLAYERS};
use crate::form::Form;

/// The page on which a player signs in: one button each.
pub(super) fn sign_in(form: &Form) -> Page {
    let hidden: String = form
        .iter()
        .filter(|(name, _)| PASSED_ON.contains(&name.as_str()))
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value)))
        .collect();
    let buttons: String = PLAYERS
        .iter()
        .map(|(subject, name)| {
            let initial: String = name.chars().take(1).collect();
            format!(
                "<button name=\"player\" value=\"{subject}\"><b>{initial}</b><span>{name}<small>{subject}</small></span></button>"
            )
        })
        .collect();
    let client = escape(form.get("client_id").map_or("", String::as_str));
    html(&format!(
        "<h1>Who is playing?</h1><p>Sign in to <em>{client}</em>. This is Daypass's development identity provider: \
         pick a player, there is no password.</p><form method=\"post\" action=\"{PATH}/authorize\">{hidden}{buttons}</form>"
    ))
}

/// What this provider is.
pub(super) fn about(issuer: &str) -> Page {
    let issuer = escape(issuer);
    html(&format!(
        "<h1>Development identity provider</h1><p>An OpenID Connect provider for trying Daypass out. Its issuer is \
         <code>{issuer}</code>; the <a href=\"{issuer}/.well-known/openid-configuration\">discovery document</a> has \
         the rest. It never runs under <code>daypass serve</code>.</p>"
    ))
}

fn html(body: &str) -> Page {
    let document = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Daypass</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style><main>{body}</main></html>"
    );
    let mut page = page(StatusCode::OK, "text/html; charset=utf-8", Bytes::from(document));
    // No `form-action`: after the choice the browser is sent on to the app.
    let policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";
    page.headers_mut().insert("content-security-policy", HeaderValue::from_static(policy));
    page.headers_mut().insert("referrer-policy", HeaderValue::from_static("no-referrer"));
    page.headers_mut().insert("cache-control", HeaderValue::from_static("no-store"));
    page
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// The parameters that come back with the choice.
const PASSED_ON: [&str; 8] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
];

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:16px/1.5 system-ui,sans-serif;margin:0;display:grid;place-items:center;min-height:100vh;background:#f4f5f7;color:#1c2430}\
main{width:min(26rem,calc(100vw - 3rem));background:#fff;border:1px solid #dfe3e8;border-radius:14px;padding:2rem}\
h1{font-size:1.4rem;margin:0 0 .5rem}p{margin:0 0 1.25rem;color:#5a6675}em{font-style:normal;font-weight:600}\
form{display:grid;gap:.6rem}\
button{display:flex;gap:.9rem;align-items:center;text-align:left;font:inherit;padding:.7rem .9rem;border:1px solid #d4dae1;\
border-radius:10px;background:#fff;color:inherit;cursor:pointer}button:hover,button:focus-visible{border-color:#2d6cdf;background:#f2f7ff}\
b{display:grid;place-items:center;width:2.2rem;height:2.2rem;border-radius:50%;background:#2d6cdf;color:#fff}\
small{display:block;color:#7a8594}code{font-size:.85em;word-break:break-all}\
@media(prefers-color-scheme:dark){body{background:#12161c;color:#e6eaf0}main,button{background:#1a2029;border-color:#2c3542}\
p,small{color:#93a0b0}button:hover,button:focus-visible{background:#202b3b}}";
