//! The codes of warnings.

use std::fmt;

use serde::{Serialize, Serializer};

/// What a warning is about. The text of a code is stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Code {
    /// No service has this prefix.
    UnknownService,
    /// The service has no such action.
    UnknownAction,
    /// A wildcard that matches no action of the service.
    WildcardMatchesNothing,
    /// No resource of the statement is of a type that the action acts on.
    ActionNotForResource,
    /// An action that is allowed to everybody, or decided by no policy of this kind.
    ActionWithoutEffect,
    /// A resource that is of no type of its service.
    ResourceNeverMatches,
    /// `NotAction` with Allow.
    AllowNotAction,
    /// `NotResource` with Allow.
    AllowNotResource,
    /// `NotPrincipal` with Allow.
    AllowNotPrincipal,
    /// `iam:PassRole` on every role, for every service.
    PassRoleAny,
    /// There is no such global key.
    UnknownGlobalKey,
    /// The service or provider has no such key.
    UnknownConditionKey,
    /// Actions of the statement never have the key.
    KeyNeverPresent,
    /// No request to this server has the key.
    KeyNotServed,
    /// The operator compares something else than the values of the key.
    OperatorNotForKey,
    /// A multivalued key without `ForAllValues` or `ForAnyValue`.
    MissingSetOperator,
    /// A set operator with a key that has one value.
    SetOperatorSingleValued,
    /// `ForAllValues` with Allow, and no `Null` to guard it.
    ForAllValuesAllow,
    /// One key twice under one operator, in different case.
    DuplicateConditionKey,
    /// A value that the operator cannot read.
    UnparsableValue,
    /// A wildcard in a value of an operator that takes it literally.
    WildcardWithoutLike,
    /// A range of private addresses.
    PrivateAddress,
    /// A range that holds a large part of all addresses.
    WideAddressRange,
    /// A condition that is true of no request.
    ImpossibleCondition,
    /// A condition that is true of every request.
    ConditionWithoutEffect,
    /// A list without items.
    EmptyList,
    /// A variable in a document of 2008.
    VariableInOldVersion,
    /// A variable where none is replaced.
    VariableNotTaken,
    /// Something that begins like a variable and is none.
    MalformedVariable,
    /// A variable of a multivalued key.
    MultivaluedVariable,
    /// A trust policy that lets everybody in.
    TrustAnyone,
    /// A principal that cannot use the actions of the statement.
    PrincipalNotForAction,
    /// A wildcard in a claim of a trust policy.
    TrustWildcardClaim,
    /// A trust policy that does not ask for the audience of an OpenID Connect token.
    OidcWithoutAud,
    /// A trust policy that does not ask for the subject of a token that anybody can get.
    OidcWithoutSub,
    /// A trust policy that does not ask for the identity pool.
    CognitoWithoutAud,
    /// An action that another one covers.
    RedundantAction,
    /// A resource that another one covers.
    RedundantResource,
    /// A statement that another one covers.
    RedundantStatement,
    /// The language of 2008.
    OldVersion,
    /// More characters than are accepted.
    PolicySize,
}

impl Code {
    /// Every code.
    pub const ALL: [Self; 41] = [
        Self::UnknownService,
        Self::UnknownAction,
        Self::WildcardMatchesNothing,
        Self::ActionNotForResource,
        Self::ActionWithoutEffect,
        Self::ResourceNeverMatches,
        Self::AllowNotAction,
        Self::AllowNotResource,
        Self::AllowNotPrincipal,
        Self::PassRoleAny,
        Self::UnknownGlobalKey,
        Self::UnknownConditionKey,
        Self::KeyNeverPresent,
        Self::KeyNotServed,
        Self::OperatorNotForKey,
        Self::MissingSetOperator,
        Self::SetOperatorSingleValued,
        Self::ForAllValuesAllow,
        Self::DuplicateConditionKey,
        Self::UnparsableValue,
        Self::WildcardWithoutLike,
        Self::PrivateAddress,
        Self::WideAddressRange,
        Self::ImpossibleCondition,
        Self::ConditionWithoutEffect,
        Self::EmptyList,
        Self::VariableInOldVersion,
        Self::VariableNotTaken,
        Self::MalformedVariable,
        Self::MultivaluedVariable,
        Self::TrustAnyone,
        Self::PrincipalNotForAction,
        Self::TrustWildcardClaim,
        Self::OidcWithoutAud,
        Self::OidcWithoutSub,
        Self::CognitoWithoutAud,
        Self::RedundantAction,
        Self::RedundantResource,
        Self::RedundantStatement,
        Self::OldVersion,
        Self::PolicySize,
    ];

    /// The code as text, such as `unknown-action`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownService => "unknown-service",
            Self::UnknownAction => "unknown-action",
            Self::WildcardMatchesNothing => "wildcard-matches-nothing",
            Self::ActionNotForResource => "action-not-for-resource",
            Self::ActionWithoutEffect => "action-without-effect",
            Self::ResourceNeverMatches => "resource-never-matches",
            Self::AllowNotAction => "allow-not-action",
            Self::AllowNotResource => "allow-not-resource",
            Self::AllowNotPrincipal => "allow-not-principal",
            Self::PassRoleAny => "pass-role-any",
            Self::UnknownGlobalKey => "unknown-global-key",
            Self::UnknownConditionKey => "unknown-condition-key",
            Self::KeyNeverPresent => "key-never-present",
            Self::KeyNotServed => "key-not-served",
            Self::OperatorNotForKey => "operator-not-for-key",
            Self::MissingSetOperator => "missing-set-operator",
            Self::SetOperatorSingleValued => "set-operator-single-valued",
            Self::ForAllValuesAllow => "for-all-values-allow",
            Self::DuplicateConditionKey => "duplicate-condition-key",
            Self::UnparsableValue => "unparsable-value",
            Self::WildcardWithoutLike => "wildcard-without-like",
            Self::PrivateAddress => "private-address",
            Self::WideAddressRange => "wide-address-range",
            Self::ImpossibleCondition => "impossible-condition",
            Self::ConditionWithoutEffect => "condition-without-effect",
            Self::EmptyList => "empty-list",
            Self::VariableInOldVersion => "variable-in-old-version",
            Self::VariableNotTaken => "variable-not-taken",
            Self::MalformedVariable => "malformed-variable",
            Self::MultivaluedVariable => "multivalued-variable",
            Self::TrustAnyone => "trust-anyone",
            Self::PrincipalNotForAction => "principal-not-for-action",
            Self::TrustWildcardClaim => "trust-wildcard-claim",
            Self::OidcWithoutAud => "oidc-without-aud",
            Self::OidcWithoutSub => "oidc-without-sub",
            Self::CognitoWithoutAud => "cognito-without-aud",
            Self::RedundantAction => "redundant-action",
            Self::RedundantResource => "redundant-resource",
            Self::RedundantStatement => "redundant-statement",
            Self::OldVersion => "old-version",
            Self::PolicySize => "policy-size",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
