//! Worlds by chance: requests and documents out of few pieces, so that they meet often, and odd ones among them.

mod focus;
mod statements;
mod values;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::RngSeed;
use serde_json::{Value as Json, json};

use crate::world::{Person, World};
pub(crate) use focus::{one_condition, one_grant, one_resource};
pub(crate) use statements::{Form, statement};
pub(crate) use values::{any_operator, odd_text};

/// Where a run of the properties begins, and how many worlds each of them sees: `PROPTEST_CASES` worlds instead of
/// `cases`, and the same ones again with the `PROPTEST_RNG_SEED` that a failure shows.
pub(crate) fn config(cases: u32) -> ProptestConfig {
    let given = ProptestConfig::default();
    let more = std::env::var_os("PROPTEST_CASES").is_some();
    let rng_seed = match given.rng_seed {
        RngSeed::Fixed(seed) => seed,
        RngSeed::Random => rand_seed(),
    };
    eprintln!("PROPTEST_RNG_SEED={rng_seed} repeats this run");
    ProptestConfig {
        cases: if more { given.cases } else { cases },
        rng_seed: RngSeed::Fixed(rng_seed),
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..given
    }
}

fn rand_seed() -> u64 {
    use std::hash::{BuildHasher as _, Hasher as _};
    std::collections::hash_map::RandomState::new().build_hasher().finish()
}

/// Any world.
pub(crate) fn world() -> impl Strategy<Value = World> {
    prop_oneof![4 => world_of(false), 1 => world_of(true)]
}

fn world_of(trust: bool) -> impl Strategy<Value = World> {
    let identity = prop_oneof![4 => vec(document(Form::Identity, 4), 1..3), 1 => Just(vec![])];
    let caps = (caps(), caps());
    let resource_policy = option::weighted(0.7, document(if trust { Form::Trust } else { Form::Resource }, 4));
    let scps = levels(Form::Identity, json!([{ "Effect": "Allow", "Action": "*", "Resource": "*" }]));
    let everybody = json!([{ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" }]);
    let rcps = levels(Form::ResourceControl, everybody);
    let request = (select(&CALLERS[..]), option::weighted(0.8, select(&OWNERS[..])), action(trust), resource());
    (request, values::context(), identity, caps, resource_policy, scps, rcps).prop_map(
        move |(request, context, identity, (boundary, session), resource_policy, scps, rcps)| World {
            caller: Person::called(request.0),
            owner: request.1.map(str::to_owned),
            action: request.2,
            resource: request.3,
            context,
            identity,
            boundary,
            session,
            resource_policy,
            trust,
            scps,
            rcps,
        },
    )
}

/// A world whose policies have so many statements, actions, resources, values and keys that an engine would rather look
/// them up than go through them. Most of the statements are about something else.
pub(crate) fn large_world() -> impl Strategy<Value = World> {
    let identity = vec(large_document(Form::Identity), 1..3);
    let resource_policy = option::weighted(0.5, large_document(Form::Resource));
    let session = option::weighted(0.2, large_document(Form::Identity));
    let length = prop_oneof![0..8_usize, 60..120_usize];
    let keys = length.prop_flat_map(|length| vec((0..200_u8, select(&PIECES[..])), length));
    let parts = (identity, resource_policy, session, keys);
    (world_of(false), parts).prop_map(|(world, (identity, resource_policy, session, keys))| {
        let mut context = world.context;
        for (key, value) in keys {
            context.insert(format!("tag/{key}"), value.into());
        }
        World { context, identity, resource_policy, session: session.map(|one| vec![one]), ..world }
    })
}

fn large_document(form: Form) -> impl Strategy<Value = Json> {
    let permitting = prop_oneof![4 => Just(24_u32), 1 => Just(1)];
    let narrow = permitting.prop_flat_map(move |permitting| {
        let effect = prop_oneof![permitting => Just("Allow"), 1 => Just("Deny")];
        vec(effect.prop_flat_map(move |effect| statements::narrow(form, effect)), 10..60)
    });
    let wide = select(&["Allow", "Deny"][..]).prop_flat_map(move |effect| statement(form, effect));
    (narrow, vec(wide, 0..2), any::<Index>()).prop_map(|(mut statements, wide, at)| {
        let at = at.index(statements.len());
        statements.splice(at..at, wide);
        json!({ "Version": "2012-10-17", "Statement": statements })
    })
}

/// A boundary, or the policies of a session; mostly none.
fn caps() -> impl Strategy<Value = Option<Vec<Json>>> {
    option::weighted(0.3, vec(document(Form::Identity, 3), 0..3))
}

/// Levels of an organisation; mostly none, and mostly open ones.
fn levels(form: Form, open: Json) -> impl Strategy<Value = Vec<Vec<Json>>> {
    let open = json!({ "Version": "2012-10-17", "Statement": open });
    let policy = prop_oneof![3 => Just(open), 1 => document(form, 3)];
    let level = prop_oneof![8 => vec(policy, 1..3), 1 => Just(vec![])];
    prop_oneof![3 => Just(vec![]), 1 => vec(level, 1..3)]
}

/// A document with up to so many statements, in either version of the language.
pub(crate) fn document(form: Form, most: usize) -> impl Strategy<Value = Json> {
    let effect = prop_oneof![4 => Just("Allow"), 1 => Just("Deny")];
    let statements = vec(effect.prop_flat_map(move |effect| statement(form, effect)), 1..=most);
    let version = prop_oneof![6 => Just(Some("2012-10-17")), 1 => Just(Some("2008-10-17")), 1 => Just(None)];
    (version, statements, any::<bool>()).prop_map(|(version, mut statements, bare)| {
        let mut document = json!({});
        if let Some(version) = version {
            document["Version"] = version.into();
        }
        document["Statement"] = match statements.pop() {
            Some(only) if bare && statements.is_empty() => only,
            last => statements.into_iter().chain(last).collect(),
        };
        document
    })
}

fn action(trust: bool) -> impl Strategy<Value = String> {
    let usual = if trust { &TRUST_ACTIONS[..] } else { &ACTIONS[..] };
    prop_oneof![9 => select(usual).prop_map(str::to_owned), 1 => odd_text().prop_map(|name| format!("s3:{name}"))]
}

fn resource() -> impl Strategy<Value = String> {
    let head = select(&HEADS[..]);
    let arn = (head, vec(select(&PIECES[..]), 0..5)).prop_map(|(head, pieces)| format!("{head}{}", pieces.concat()));
    prop_oneof![12 => arn, 1 => Just("*".to_owned()), 1 => odd_text()]
}

const CALLERS: [&str; 17] = [
    "anonymous",
    "root",
    "user",
    "user",
    "user",
    "user",
    "session",
    "session",
    "session",
    "session",
    "federated user",
    "federated user of root",
    "stranger",
    "stranger's session",
    "stranger's root",
    "cognito",
    "service",
];
const OWNERS: [&str; 5] = ["111111111111", "111111111111", "111111111111", "222222222222", "333333333333"];
const ACTIONS: [&str; 6] =
    ["s3:GetObject", "s3:getObject", "s3:PutObject", "S3:GetObjectTagging", "iam:GetUser", "dynamodb:Scan"];
const TRUST_ACTIONS: [&str; 4] =
    ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"];
/// Of the resources of requests.
const HEADS: [&str; 4] =
    ["arn:aws:s3:::", "arn:aws:s3:::", "arn:aws:s3:::game/", "arn:aws:sqs:us-east-1:111111111111:"];
const PIECES: [&str; 14] = ["game", "/", "a", "b", "\u{e9}", "\u{1f3ae}", "*", "?", ":", "${k}", "}", "a*", "ab", ""];
