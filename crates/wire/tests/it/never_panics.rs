//! Whatever comes, there is an answer.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;
use wire::rest::{Bind, Content, Route};
use wire::{Fault, Protocol};

use crate::asking::ask;

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "only read")]
struct Anything {
    a: Option<String>,
    b: Option<Vec<Anything>>,
    c: Option<BTreeMap<String, i64>>,
    d: Option<Choice>,
    e: Option<f32>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "only read")]
enum Choice {
    X,
    Y(u8),
    Z { a: bool },
}

const ROUTES: &[Route] = &[
    Route { flags: &[("t", None)], body: Content::Text("a"), ..Route::new("Text", "POST", "/{b}") },
    Route { flags: &[("m", None)], body: Content::Member("d"), ..Route::new("Member", "POST", "/{b}") },
    Route {
        members: &[Bind::Query("a", "a"), Bind::Header("e", "e"), Bind::Headers("c", "c-")],
        body: Content::Members(""),
        ..Route::new("Members", "POST", "/{b}/{a+}")
    },
    Route { body: Content::Members("r"), ..Route::new("Root", "POST", "/") },
];

fn protocols() -> [Protocol; 5] {
    [
        Protocol::Json10 { target: "T", errors: "e" },
        Protocol::Json11 { target: "T" },
        Protocol::Query { version: "1", namespace: "n" },
        Protocol::RestJson,
        Protocol::RestXml { namespace: "n" },
    ]
}

fn answered(line: &str, header: &str, body: Vec<u8>) {
    let asked = ask(line).header("x-amz-target", "T.Op").header("e", header).header("c-x", header).body(body);
    for protocol in protocols() {
        let read = protocol.read(&asked.request(), ROUTES);
        let typed = read.and_then(|invocation| {
            let _ = invocation.input.parse::<Value>();
            let _ = invocation.input.parse::<()>();
            invocation.input.parse::<Anything>()
        });
        if let Err(malformed) = typed {
            protocol.fault(&malformed.fault(&protocol), "r");
        }
    }
}

/// Pieces that grammars are made of, so that some of the noise is nearly right.
fn noise() -> impl Strategy<Value = String> {
    let pieces = [
        "{",
        "}",
        "[",
        "]",
        "\"a\"",
        "\"b\"",
        "\"c\"",
        "\"d\"",
        ":",
        ",",
        "null",
        "1",
        "-1.5e9",
        "true",
        "\"",
        "\\u00",
        "<a>",
        "</a>",
        "<b>",
        "</b>",
        "<r>",
        "</r>",
        "<d>",
        "</d>",
        "<X/>",
        "&amp;",
        "&#",
        ";",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<?xml?>",
        "<!DOCTYPE",
        "Action=Op&Version=1&",
        "a=",
        "b.member.1.",
        "c.entry.1.key=",
        "c.entry.1.value=",
        "d.",
        "&",
        "=",
        ".",
        "%",
        "%41",
        "%00",
        "+",
        "é",
        "\u{0}",
        " ",
    ];
    vec(proptest::sample::select(pieces.to_vec()), 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_body_is_answered(body in vec(any::<u8>(), 0..256)) {
        answered("POST /b/k", "1", body);
    }

    #[test]
    fn nearly_right_bodies_are_answered(body in noise(), form in noise()) {
        for line in ["POST /b/k", "POST /", "POST /b?t", "POST /b?m"] {
            answered(line, "1", body.clone().into_bytes());
        }
        answered("POST /", "1", format!("Action=Op&Version=1&{form}").into_bytes());
    }

    #[test]
    fn any_path_query_and_header_is_answered(path in "[/a-z%0-9.+é]{0,40}", query in "[^\u{0}]{0,60}", header in "[ -~]{0,20}") {
        answered(&format!("POST /{path}?{query}"), &header, Vec::new());
        answered(&format!("GET /{path}?Action=Op&Version=1&{query}"), &header, Vec::new());
    }

    #[test]
    fn any_value_is_written_and_read_back(text in any::<String>(), number in any::<u32>(), flag in any::<bool>()) {
        let output = serde_json::json!({"a": text, "n": number, "f": flag, "l": [text], "m": {"k": text}});
        for protocol in protocols() {
            let route = Route { answer: Content::Members("r"), ..Route::new("Op", "GET", "/") };
            prop_assert!(protocol.write("Op", "r", &output, Some(&route)).is_ok());
            protocol.fault(&Fault::new(text.clone(), 400, text.clone()), &text);
        }
    }
}
