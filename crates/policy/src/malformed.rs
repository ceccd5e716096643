//! Why a document is refused, with AWS's words for it.

/// The first check that a policy document failed. `Display` is the text that the real service answers with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// Not JSON, or not of the shape of a policy.
    #[error("Syntax errors in policy.")]
    Syntax,
    /// A trust policy that is not JSON.
    #[error("This policy contains invalid Json")]
    TrustNotJson,
    /// Longer or with more statements than any service accepts.
    #[error("Policy document is too large.")]
    TooLarge,
    /// A managed policy in the old version, or without one.
    #[error("Policy document must be version 2012-10-17 or greater.")]
    OldVersion,
    /// An effect in the wrong case, a date that is none, or a resource with too few parts.
    #[error("The policy failed legacy parsing")]
    LegacyParsing,
    /// Two statements with one id.
    #[error("Statement IDs (SID) in a single policy must be unique.")]
    DuplicateSid,
    /// A statement without an action.
    #[error("Policy statement must contain actions.")]
    NoActions,
    /// A statement of an identity policy without a resource.
    #[error("Policy statement must contain resources.")]
    NoResources,
    /// A resource without any colon.
    #[error("Resource {resource} must be in ARN format or \"*\".")]
    NotAnArn {
        /// The resource as written.
        resource: String,
    },
    /// A partition that does not exist.
    #[error("Partition \"{partition}\" is not valid for resource \"{resource}\".")]
    Partition {
        /// The partition as written.
        partition: String,
        /// The resource, missing parts shown as `*`.
        resource: String,
    },
    /// A resource that names no service, or names it with a wildcard.
    #[error("Resource vendor must be fully qualified and cannot contain regexes.")]
    ResourceVendor,
    /// An S3 resource with a region.
    #[error("Resource {resource} can not contain region information.")]
    S3Region {
        /// The resource as written.
        resource: String,
    },
    /// An IAM resource with a region.
    #[error("IAM resource {resource} cannot contain region information.")]
    IamRegion {
        /// The resource as written.
        resource: String,
    },
    /// An IAM resource of no known type.
    #[error(
        "IAM resource path must either be \"*\" or start with user/, federated-user/, role/, group/, \
         instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, \
         access-report/."
    )]
    IamPath,
    /// An action without a service.
    #[error("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")]
    ActionWithoutVendor,
    /// An action with two colons.
    #[error("Actions/Condition can contain only one colon.")]
    ActionColons,
    /// A service name with characters that none has.
    #[error("Vendor {vendor} is not valid")]
    ActionVendor {
        /// The part before the colon.
        vendor: String,
    },
    /// A principal where the attachment is the principal.
    #[error("Policy document should not specify a principal.")]
    PrincipalForbidden,
    /// An element that this kind of policy must not have.
    #[error("Has prohibited field {field}")]
    ProhibitedField {
        /// The element.
        field: &'static str,
    },
    /// An element that this kind of policy must have.
    #[error("Missing required field {field}")]
    MissingField {
        /// The element.
        field: &'static str,
    },
    /// A principal of no known form, or one that does not exist.
    #[error("Invalid principal in policy: \"{kind}\":\"{value}\"")]
    Principal {
        /// The kind in capitals: `AWS`, `SERVICE`, `FEDERATED`.
        kind: String,
        /// The principal as written.
        value: String,
    },
    /// A federated principal that is neither a domain name nor a provider ARN.
    #[error("Federated principals must be valid domain names or SAML metadata ARNs")]
    FederatedPrincipal,
    /// A trust policy for other actions than those of STS.
    #[error("AssumeRole policy may only specify STS AssumeRole actions.")]
    TrustAction,
    /// A bucket policy that is not a JSON object.
    #[error("Policies must be valid JSON and the first byte must be '{{'")]
    BucketNotJson,
    /// A bucket policy of the wrong shape.
    #[error("Invalid policy syntax.")]
    BucketSyntax,
    /// A bucket policy with a version that does not exist.
    #[error("The policy must contain a valid version string")]
    BucketVersion,
    /// A bucket policy with an element that does not exist.
    #[error("Unknown field {field}")]
    UnknownField {
        /// The element as written.
        field: String,
    },
    /// A bucket policy with an effect that does not exist.
    #[error("Invalid effect: {effect}")]
    BucketEffect {
        /// The effect as written.
        effect: String,
    },
    /// A principal that a bucket policy cannot have.
    #[error("Invalid principal in policy")]
    BucketPrincipal,
    /// A resource that is not the bucket of the policy or its objects.
    #[error("Policy has invalid resource")]
    BucketResource,
    /// An action that S3 does not have.
    #[error("Policy has invalid action")]
    BucketAction,
    /// Object actions on the bucket only, or bucket actions on objects only.
    #[error("Action does not apply to any resource(s) in statement")]
    ActionResource,
    /// A condition key that the actions of the statement never have.
    #[error("Conditions do not apply to combination of actions and resources in statement")]
    ActionCondition,
    /// A condition key that does not exist.
    #[error("Policy has an invalid condition key")]
    ConditionKey,
    /// An operator that does not exist.
    #[error("Invalid Condition type : {operator}")]
    ConditionType {
        /// The operator as written.
        operator: String,
    },
}
