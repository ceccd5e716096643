use proptest::prelude::*;

use super::*;

fn bound(text: &str) -> Result<Option<String>, Error> {
    let statement = Statement::read(text)?;
    let bound = statement.bound("pk")?;
    Ok(bound.map(|values| {
        let values = values.iter().map(|value| match value {
            Operand::Text(text) | Operand::Number(text) => text.clone(),
            Operand::Parameter(at) => format!("?{at}"),
        });
        values.collect::<Vec<_>>().join(" ")
    }))
}

fn attributes(text: &str) -> String {
    Statement::read(text).unwrap().attributes.into_iter().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_binds_the_partition_key_is_found() {
    for (text, expected) in [
        ("SELECT * FROM t WHERE pk = 'me'", "me"),
        ("select * from \"t\" where \"pk\"='me';", "me"),
        ("SELECT * FROM t WHERE 'me' = pk", "me"),
        ("SELECT * FROM t WHERE sk > 1 AND pk = ?", "?0"),
        ("SELECT * FROM t WHERE sk > ? AND (pk = ?)", "?1"),
        ("SELECT * FROM t WHERE pk IN ['me', 'you', ?]", "me you ?0"),
        ("SELECT * FROM t WHERE pk IN ('me')", "me"),
        ("SELECT * FROM t WHERE pk = 'me' OR pk = 'you'", "me you"),
        ("SELECT * FROM t WHERE (pk = 'me' AND sk = 1) OR (sk = 2 AND pk = 'you')", "me you"),
        ("SELECT * FROM t WHERE pk = 'me' AND (sk = 1 OR pk = 'you')", "me"),
        ("SELECT * FROM t WHERE pk = 'me' AND pk = 'you'", "me you"),
        ("SELECT * FROM t WHERE pk = 'me' AND NOT pk = 'you'", "me"),
        ("SELECT * FROM t WHERE pk = 'me' AND sk BETWEEN 1 AND 2 AND a = 3", "me"),
        ("SELECT * FROM t WHERE begins_with(sk, 'pk = ''x''') AND pk = 'me'", "me"),
        ("SELECT * FROM t WHERE pk = -1.50", "-1.50"),
        ("SELECT * FROM t WHERE pk = 'it''s' ORDER BY sk DESC", "it's"),
        ("UPDATE t SET a = a + 1, b = list_append(b, ['x']) REMOVE c.d WHERE pk = 'me' RETURNING ALL OLD *", "me"),
        ("UPDATE t SET a = ? WHERE pk = ?", "?1"),
        ("DELETE FROM t WHERE pk = 'me' AND sk = 1", "me"),
        ("INSERT INTO t VALUE {'pk': 'me', 'x': {'pk': 'you'}, 'y': <<1, 2>>, 'z': NULL}", "me"),
        ("INSERT INTO t VALUE {'x': ?, 'pk': ?}", "?1"),
    ] {
        assert_eq!(bound(text).unwrap().as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn what_leaves_the_partition_key_open_binds_nothing() {
    for text in [
        "SELECT * FROM t",
        "SELECT * FROM t WHERE sk = 'me'",
        "SELECT * FROM t WHERE PK = 'me'",
        "SELECT * FROM t WHERE x.pk = 'me'",
        "SELECT * FROM t WHERE pk.x = 'me'",
        "SELECT * FROM t WHERE pk[0] = 'me'",
        "SELECT * FROM t WHERE \"pk.x\" = 'me'",
        "SELECT * FROM t WHERE pk > 'me'",
        "SELECT * FROM t WHERE pk <> 'me'",
        "SELECT * FROM t WHERE pk BETWEEN 'me' AND 'you'",
        "SELECT * FROM t WHERE pk IS NOT MISSING",
        "SELECT * FROM t WHERE begins_with(pk, 'm')",
        "SELECT * FROM t WHERE NOT pk = 'me'",
        "SELECT * FROM t WHERE NOT (NOT (pk = 'me'))",
        "SELECT * FROM t WHERE pk NOT IN ['me']",
        "SELECT * FROM t WHERE pk = 'me' OR sk = 1",
        "SELECT * FROM t WHERE pk = 'me' AND sk = 1 OR sk = 2",
        "SELECT * FROM t WHERE (pk = 'me' OR sk = 1) AND sk = 2",
        "SELECT * FROM t WHERE 'pk' = 'me'",
        "DELETE FROM t",
        "INSERT INTO t VALUE {'PK': 'me'}",
        "INSERT INTO t VALUE {'pk': ['me']}",
        "INSERT INTO t VALUE {'pk': TRUE}",
    ] {
        assert_eq!(bound(text).unwrap(), None, "{text}");
    }
}

#[test]
fn what_readers_may_differ_on_is_refused() {
    for text in [
        "",
        ";",
        "SELECT",
        "SELECT * FROM t WHERE",
        "SELECT * FROM t WHERE pk = other",
        "SELECT * FROM t WHERE pk = \"me\"",
        "SELECT * FROM t WHERE pk = x.y",
        "SELECT * FROM t WHERE pk = size(x)",
        "SELECT * FROM t WHERE pk = ['me']",
        "SELECT * FROM t WHERE pk = NULL",
        "SELECT * FROM t WHERE pk IN ['me', other]",
        "SELECT * FROM t WHERE pk IN []",
        "SELECT * FROM t WHERE pk IN ['me', 'you')",
        "SELECT * FROM t WHERE pk = 'me' pk = 'you'",
        "SELECT * FROM t WHERE pk",
        "SELECT * FROM t WHERE (pk) = 'me'",
        "SELECT * FROM t WHERE pk = 'me' -- OR 1",
        "SELECT * FROM t WHERE pk = 'me' /* OR */",
        "SELECT * FROM t WHERE lower(pk) = 'me'",
        "SELECT * FROM t WHERE EXISTS (SELECT * FROM u)",
        "SELECT * FROM t x WHERE pk = 'me'",
        "SELECT * FROM t AS x WHERE pk = 'me'",
        "SELECT * FROM t, u WHERE pk = 'me'",
        "SELECT * FROM t.i.j WHERE pk = 'me'",
        "SELECT * FROM 't' WHERE pk = 'me'",
        "SELECT * FROM (SELECT * FROM t) WHERE pk = 'me'",
        "SELECT COUNT(*) FROM t WHERE pk = 'me'",
        "SELECT * FROM t WHERE pk = 'me'; DELETE FROM t",
        "SELECT * FROM t WHERE pk = 'me';;",
        "SELECT * FROM t UNION SELECT * FROM u",
        "EXISTS(SELECT * FROM t WHERE pk = 'me')",
        "FROM t WHERE pk = 'me' SET a = 1",
        "INSERT INTO t VALUE {'pk': 'me', 'pk': 'you'}",
        "INSERT INTO t VALUE {\"pk\": 'me'}",
        "INSERT INTO t VALUE {pk: 'me'}",
        "INSERT INTO t VALUE {'pk': me}",
        "INSERT INTO t VALUE {'pk': 'me'} RETURNING ALL OLD *",
        "INSERT INTO t.i VALUE {'pk': 'me'}",
        "INSERT INTO t VALUES ({'pk': 'me'})",
        "INSERT INTO t VALUE ?",
        "UPDATE t WHERE pk = 'me'",
        "UPDATE t SET a WHERE pk = 'me'",
        "UPDATE t SET a = WHERE pk = 'me'",
        "UPDATE t SET a = (1 WHERE pk = 'me'",
        "UPDATE t SET a = 1) WHERE pk = 'me'",
        "UPDATE t SET a = 1 = 2 WHERE pk = 'me'",
        "DELETE t WHERE pk = 'me'",
        "DELETE FROM t WHERE pk = 'me' RETURNING *",
        "DROP TABLE t",
    ] {
        assert!(bound(text).is_err(), "{text}");
    }
    let deep = format!("SELECT * FROM t WHERE {}pk = 'me'{}", "(".repeat(200), ")".repeat(200));
    assert!(bound(&deep).is_err());
}

#[test]
fn every_attribute_counts() {
    for (text, expected) in [
        ("SELECT a, b.c, \"d e\" FROM t WHERE f = g AND size(h) > 1 ORDER BY k", "a b d e f g h k"),
        ("SELECT * FROM t WHERE a IN [b.c, 'x'] OR NOT contains(d, e)", "a b d e"),
        ("UPDATE t SET a = b + 1, c = if_not_exists(d, [e]) REMOVE f[0] WHERE pk = 'me'", "a b c d e f pk"),
        ("INSERT INTO t VALUE {'pk': 'me', 'x': 1}", "pk x"),
        ("DELETE FROM t WHERE pk = 'me' AND attribute_exists(secret)", "pk secret"),
    ] {
        assert_eq!(attributes(text), expected, "{text}");
    }
}

#[test]
fn kind_table_index_and_what_is_returned_are_told() {
    let statement = Statement::read("SELECT a FROM \"scores\".\"by-game\" WHERE game = 'x'").unwrap();
    assert_eq!((statement.kind, statement.table.as_str()), (Kind::Select, "scores"));
    assert_eq!((statement.index.as_deref(), statement.projects), (Some("by-game"), true));
    for (text, returned) in [("ALL OLD", "ALL_OLD"), ("modified new", "UPDATED_NEW"), ("ALL NEW", "ALL_NEW")] {
        let statement = Statement::read(&format!("DELETE FROM t WHERE pk = 'me' RETURNING {text} *")).unwrap();
        assert_eq!(statement.returning, returned);
    }
}

proptest! {
    #[test]
    fn any_text_is_read_without_a_panic(text in "\\PC{0,100}") {
        let _ = bound(&text);
    }

    #[test]
    fn any_likely_text_is_read_without_a_panic(
        text in "(SELECT|INSERT INTO|UPDATE|DELETE FROM|FROM|WHERE|SET|VALUE|AND|OR|NOT|IN|pk|'me'|t|[(){}<>,.:=?*\\[\\]]| ){0,30}"
    ) {
        let _ = bound(&text);
    }
}
