//! Generated expressions and statements, through analysers and engine.

use proptest::prelude::*;

use super::*;

thread_local! {
    static AGREEMENT: Agreement = Agreement::new().unwrap();
}

fn agreed(check: impl FnOnce(&Agreement) -> Verdict) -> bool {
    AGREEMENT.with(|agreement| check(agreement).unwrap_or_else(|difference| panic!("{difference}")))
}

fn clause() -> impl Strategy<Value = String> {
    let plain = prop::sample::select(vec![
        "pk = 'me'",
        "'you' = pk",
        "pk = ?",
        "? = \"pk\"",
        "pk IN ['me', ?]",
        "pk IN ('you')",
        "pk NOT IN ['you']",
        "pk <> 'me'",
        "pk > 'me'",
        "pk BETWEEN 'her' AND 'me'",
        "begins_with(pk, 'm')",
        "contains(pk, 'e')",
        "attribute_exists(pk)",
        "size(pk) > 1",
        "pk IS NOT MISSING",
        "pk = a",
        "pk = \"me\"",
        "pk = me",
        "m.pk = 'me'",
        "sk = 'her'",
        "sk IN ['me', 'her']",
        "a = 'you'",
        "a = 'x'' OR pk = ''you'",
        "\"sk\" = 'me'",
        "sk = ?",
    ]);
    plain.prop_map(str::to_owned).prop_recursive(4, 12, 2, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            two.clone().prop_map(|(left, right)| format!("{left} AND {right}")),
            two.clone().prop_map(|(left, right)| format!("{left} or {right}")),
            two.prop_map(|(left, right)| format!("({left}) AND NOT ({right})")),
            inner.clone().prop_map(|clause| format!("({clause})")),
            inner.prop_map(|clause| format!("NOT {clause}")),
        ]
    })
}

fn expression() -> impl Strategy<Value = String> {
    let plain = prop::sample::select(vec![
        "pk = :me",
        ":you = pk",
        "#p = :me",
        "pk > :me",
        "pk BETWEEN :me AND :you",
        "begins_with(pk, :me)",
        "sk = :you",
        ":me <= sk",
        "#s > :her",
        "sk BETWEEN :her AND :you",
        "begins_with ( sk , :me )",
        "sk <> :me",
        "pk IN (:me, :you)",
        "m.pk = :me",
        "#dot = :me",
    ]);
    plain.prop_map(str::to_owned).prop_recursive(3, 6, 2, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            4 => two.clone().prop_map(|(left, right)| format!("{left} AND {right}")),
            1 => two.prop_map(|(left, right)| format!("{left} OR {right}")),
            1 => inner.clone().prop_map(|clause| format!("({clause})")),
            1 => inner.prop_map(|clause| format!("NOT {clause}")),
        ]
    })
}

fn path() -> impl Strategy<Value = String> {
    let names = vec![
        "alpha", "b", "c", "m", "l", "s", "#a", "#b", "#dot", "#and", "#AND", "#not", "#set", "#size", "pk", "sk",
        "#p", "absent", "m.alpha", "m.b[0]", "l[1]", "l[0].b", "#a.#b", "m.#a", "ABSENT",
    ];
    prop::sample::select(names).prop_map(str::to_owned)
}

fn operand() -> impl Strategy<Value = String> {
    prop_oneof![
        path(),
        prop::sample::select(vec![":one", ":two", ":me", ":you"]).prop_map(str::to_owned),
        path().prop_map(|path| format!("size({path})")),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    let comparator = prop::sample::select(vec!["=", "<>", "<", "<=", ">", ">="]);
    let plain = prop_oneof![
        4 => (operand(), comparator, operand()).prop_map(|(left, compared, right)| format!("{left} {compared} {right}")),
        1 => (operand(), operand(), operand()).prop_map(|(one, low, high)| format!("{one} BETWEEN {low} AND {high}")),
        1 => (operand(), operand(), operand()).prop_map(|(one, a, b)| format!("{one} in ({a},{b})")),
        1 => path().prop_map(|path| format!("attribute_exists({path})")),
        1 => path().prop_map(|path| format!("attribute_not_exists ( {path} )")),
        1 => (path(), operand()).prop_map(|(path, value)| format!("contains({path}, {value})")),
        1 => (path(), operand()).prop_map(|(path, value)| format!("begins_with({path},{value})")),
    ];
    plain.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("{left} and {right}")),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("{left} OR({right})")),
            inner.clone().prop_map(|inner| format!("NOT {inner}")),
            inner.prop_map(|inner| format!("not({inner})")),
        ]
    })
}

fn update() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        operand(),
        (operand(), operand()).prop_map(|(left, right)| format!("{left} + {right}")),
        (operand(), operand()).prop_map(|(left, right)| format!("{left}-{right}")),
        (path(), operand()).prop_map(|(path, value)| format!("if_not_exists({path}, {value})")),
        (path(), path()).prop_map(|(left, right)| format!("list_append({left}, {right})")),
    ];
    let set = prop::collection::vec((path(), value), 1..3).prop_map(|set| {
        set.into_iter().map(|(path, value)| format!("{path} = {value}")).collect::<Vec<_>>().join(", ")
    });
    let remove = prop::collection::vec(path(), 1..3).prop_map(|paths| paths.join(","));
    let add = (path(), prop::sample::select(vec![":one", ":two"])).prop_map(|(path, value)| format!("{path} {value}"));
    (prop::option::of(set), prop::option::of(remove), prop::option::of(add), any::<bool>()).prop_map(
        |(set, remove, add, lower)| {
            let clause = |word: &str, rest: Option<String>| {
                let word = if lower { word.to_lowercase() } else { word.to_owned() };
                rest.map(|rest| format!("{word} {rest}"))
            };
            let clauses = [clause("REMOVE", remove), clause("SET", set), clause("ADD", add)];
            clauses.into_iter().flatten().collect::<Vec<_>>().join(" ")
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn a_select_returns_what_its_key_is_bound_to(clause in clause(), by_index in any::<bool>()) {
        agreed(|engine| engine.select(&clause, by_index));
    }

    #[test]
    fn a_query_returns_what_its_key_is_bound_to(expression in expression(), by_index in any::<bool>()) {
        agreed(|engine| engine.query(&expression, by_index));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_statement_changes_what_its_key_is_bound_to(clause in clause(), kind in 0..2) {
        let clause = format!("{clause} AND sk = 'her'");
        agreed(|engine| engine.write(&match kind {
            0 => format!("UPDATE scores SET x = 1 WHERE {clause}"),
            _ => format!("DELETE FROM scores WHERE {clause}"),
        }));
    }

    #[test]
    fn a_condition_looks_at_what_it_names(expression in condition()) {
        agreed(|engine| engine.condition(&expression));
    }

    #[test]
    fn a_projection_shows_what_it_names(paths in prop::collection::vec(path(), 1..4)) {
        agreed(|engine| engine.projection(&paths.join(", ")));
    }

    #[test]
    fn an_update_touches_what_it_names(expression in update()) {
        agreed(|engine| engine.update(&expression));
    }
}

/// Words in any order, as a fuzzer would find them.
fn soup(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    let word = (prop::sample::select(words), prop::sample::select(vec![" ", "", "\n", "  "]));
    prop::collection::vec(word, 1..12)
        .prop_map(|words| words.into_iter().map(|(word, gap)| format!("{word}{gap}")).collect())
}

const OF_EXPRESSIONS: &[&str] = &[
    "alpha",
    "b",
    "m",
    "l",
    "s",
    "pk",
    "sk",
    "#a",
    "#p",
    "#s",
    "#dot",
    "#and",
    "#not",
    "#size",
    ":one",
    ":me",
    ":you",
    "=",
    "<>",
    "<",
    ">=",
    "(",
    ")",
    ",",
    ".",
    "[",
    "]",
    "0",
    "1",
    "+",
    "-",
    "AND",
    "or",
    "NOT",
    "IN",
    "BETWEEN",
    "and",
    "not",
    "size",
    "size(",
    "contains(",
    "attribute_exists(",
    "begins_with(",
    "SET",
    "set",
    "REMOVE",
    "remove",
    "ADD",
    "DELETE",
    "if_not_exists(",
    "list_append(",
    "pk = :me",
    "#p = :you",
    "alpha = b",
    "alpha.b[0]",
    "_",
    "a1",
    "SeT",
];

const OF_STATEMENTS: &[&str] = &[
    "pk",
    "sk",
    "a",
    "m",
    "\"pk\"",
    "\"a\"",
    "'me'",
    "'you'",
    "'it''s'",
    "?",
    "1",
    "-1",
    "1e2",
    "=",
    "<>",
    "!=",
    "<",
    ">=",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "<<",
    ">>",
    ",",
    ".",
    ":",
    "AND",
    "or",
    "NOT",
    "IN",
    "BETWEEN",
    "IS",
    "MISSING",
    "NULL",
    "TRUE",
    "size(",
    "contains(",
    "begins_with(",
    "attribute_exists(",
    "pk = 'me'",
    "pk IN ['me', 'her']",
    "sk = 'you'",
    "ORDER BY",
    "sk DESC",
    "m.pk = 'me'",
    "EXISTS",
    "AS",
    "RETURNING ALL OLD *",
    "WHERE",
    "SELECT",
    "FROM scores",
    "*",
    "UPDATE scores SET x = 1",
    "DELETE FROM scores",
    "INSERT INTO scores VALUE",
    "{'pk': 'me', 'sk': 'her'}",
    "REMOVE a",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn words_in_any_order_are_read_alike(text in soup(OF_EXPRESSIONS), by_index in any::<bool>()) {
        agreed(|engine| engine.query(&text, by_index));
        agreed(|engine| engine.projection(&text));
        agreed(|engine| engine.condition(&text));
        agreed(|engine| engine.update(&text));
        agreed(|engine| engine.update(&format!("SET {text}")));
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn statements_of_words_in_any_order_are_read_alike(text in soup(OF_STATEMENTS), by_index in any::<bool>()) {
        agreed(|engine| engine.select(&text, by_index));
        agreed(|engine| engine.select(&format!("pk = 'me' AND {text}"), by_index));
        for start in ["", "UPDATE scores SET x = 1 WHERE ", "DELETE FROM scores WHERE ", "DELETE FROM scores WHERE sk = 'her' AND "] {
            agreed(|engine| engine.write(&format!("{start}{text}")));
        }
    }
}

#[test]
fn the_engine_takes_what_is_compared() {
    assert!(agreed(|engine| engine.select("pk = 'me' AND sk > 'a'", false)));
    assert!(agreed(|engine| engine.query("#p = :me AND sk > :her", false)));
    assert!(agreed(|engine| engine.write("DELETE FROM scores WHERE pk = ? AND sk = 'her'")));
    assert!(agreed(|engine| engine.write("INSERT INTO scores VALUE {'pk': ?, 'sk': 'new'}")));
    for condition in ["#and = :one and NOT #dot = :two", "size(m) > :one OR alpha IN (:one, b)", "contains(s, :me)"] {
        assert!(agreed(|engine| engine.condition(condition)), "{condition}");
    }
    assert!(agreed(|engine| engine.projection("#set, m.alpha, l[0]")));
    for update in
        ["SET alpha = b + :one REMOVE c ADD #size :two", "set m.alpha = if_not_exists(absent, :two) remove l[0]"]
    {
        assert!(agreed(|engine| engine.update(update)), "{update}");
    }
}

#[test]
fn statements_of_every_kind_are_carried_out() {
    for (statement, parameters) in [
        ("INSERT INTO scores VALUE {'pk': ?, 'sk': 'new', 'n': 1, 'l': ['a', 2], 's': <<'x'>>}", vec!["tmp"]),
        (
            "UPDATE scores SET a = ?, n = n + 1 REMOVE l WHERE pk = ? AND sk = 'new' RETURNING ALL NEW *",
            vec!["b", "tmp"],
        ),
        ("SELECT a, n FROM \"scores\" WHERE pk = ? AND sk = 'new'", vec!["tmp"]),
        ("DELETE FROM scores WHERE pk = 'tmp' AND sk = 'new' RETURNING ALL OLD *", vec![]),
    ] {
        let mut request = json!({ "Statement": statement });
        if !parameters.is_empty() {
            request["Parameters"] = parameters.iter().map(|text| json!({ "S": text })).collect();
        }
        let read = Statement::read(statement).unwrap();
        let value = read.bound("pk").unwrap().unwrap()[0].clone();
        match value {
            Operand::Text(text) => assert_eq!(text, "tmp"),
            Operand::Parameter(at) => assert_eq!(parameters[at], "tmp", "{statement}"),
            Operand::Number(_) => panic!("{statement}"),
        }
        assert!(agreed(|engine| Ok(engine.run("ExecuteStatement", request).is_ok())), "{statement}");
    }
}
