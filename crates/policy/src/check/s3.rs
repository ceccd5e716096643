//! What S3 has: actions by what they act on, and the condition keys of some of them.

use crate::action::ActionPattern;
use crate::context::same_ignoring_case;

/// What a resource of a bucket policy stands for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope {
    pub(super) bucket: bool,
    pub(super) object: bool,
}

/// Whether S3 has an action of this pattern.
pub(super) fn exists(pattern: &ActionPattern) -> bool {
    applies(pattern, Scope { bucket: true, object: true })
}

/// Whether the pattern has an action that acts on such a resource.
pub(super) fn applies(pattern: &ActionPattern, scope: Scope) -> bool {
    let any = |names: &str| names.split_ascii_whitespace().any(|name| pattern.matches(("s3", name)));
    (scope.bucket && any(OF_BUCKETS)) || (scope.object && any(OF_OBJECTS))
}

/// Whether there is such a condition key, as far as that can be known: keys of other services than S3 exist.
pub(super) fn is_condition_key(key: &str) -> bool {
    let known = |keys: &str| keys.split_ascii_whitespace().any(|known| names(known, key));
    match key.split_once(':') {
        Some((service, _)) if service.eq_ignore_ascii_case("s3") => known(KEYS) || limited(key).is_some(),
        Some((service, _)) if service.eq_ignore_ascii_case("aws") => known(GLOBAL_KEYS),
        Some((service, name)) => !service.is_empty() && !name.is_empty(),
        None => false,
    }
}

/// Whether an action of this pattern can have the condition key.
pub(super) fn has_key(pattern: &ActionPattern, key: &str) -> bool {
    let actions = limited(key);
    actions.is_none_or(|actions| actions.split_ascii_whitespace().any(|name| pattern.matches(("s3", name))))
}

/// The actions that have the key, for keys that few have.
fn limited(key: &str) -> Option<&'static str> {
    LIMITED.iter().find(|(keys, _)| keys.split_ascii_whitespace().any(|known| names(known, key))).map(|cut| cut.1)
}

/// A known key ends in a slash where a tag key follows.
fn names(known: &str, key: &str) -> bool {
    match key.split_at_checked(known.len()) {
        Some((start, rest)) => same_ignoring_case(known, start) && rest.is_empty() != known.ends_with('/'),
        None => false,
    }
}

/// In lower case, as every list of actions here.
const OF_BUCKETS: &str = "
    createbucket deletebucket listbucket listbucketversions listbucketmultipartuploads getbucketlocation
    getbucketpolicy putbucketpolicy deletebucketpolicy getbucketpolicystatus getbucketacl putbucketacl getbucketcors
    putbucketcors getbuckettagging putbuckettagging getbucketversioning putbucketversioning
    getlifecycleconfiguration putlifecycleconfiguration getencryptionconfiguration putencryptionconfiguration
    getbucketpublicaccessblock putbucketpublicaccessblock getbucketownershipcontrols putbucketownershipcontrols
    getbucketobjectlockconfiguration putbucketobjectlockconfiguration getreplicationconfiguration
    putreplicationconfiguration getbucketwebsite putbucketwebsite deletebucketwebsite getbucketlogging
    putbucketlogging getbucketnotification putbucketnotification getbucketrequestpayment putbucketrequestpayment
    getaccelerateconfiguration putaccelerateconfiguration getinventoryconfiguration putinventoryconfiguration
    getmetricsconfiguration putmetricsconfiguration getanalyticsconfiguration putanalyticsconfiguration
    getintelligenttieringconfiguration putintelligenttieringconfiguration getbucketabac putbucketabac tagresource
    untagresource listtagsforresource";

const OF_OBJECTS: &str = "
    getobject getobjectversion getobjectattributes getobjectversionattributes putobject deleteobject
    deleteobjectversion getobjecttagging putobjecttagging deleteobjecttagging getobjectversiontagging
    putobjectversiontagging deleteobjectversiontagging getobjectacl putobjectacl getobjectversionacl
    putobjectversionacl getobjectretention putobjectretention getobjectlegalhold putobjectlegalhold
    bypassgovernanceretention restoreobject abortmultipartupload listmultipartuploadparts getobjecttorrent
    getobjectversiontorrent getobjectversionforreplication replicateobject replicatedelete replicatetags
    initiatereplication objectowneroverridetobucketowner updateobjectencryption getobjectannotation
    putobjectannotation deleteobjectannotation listobjectannotations getobjectversionannotation
    putobjectversionannotation deleteobjectversionannotation listobjectversionannotations";

/// Keys, and the only actions that have them.
const LIMITED: [(&str, &str); 5] = [
    ("s3:prefix s3:delimiter s3:max-keys", "listbucket listbucketversions listbucketmultipartuploads"),
    ("s3:locationconstraint s3:x-amz-object-ownership", "createbucket"),
    (
        "s3:x-amz-acl s3:x-amz-grant-read s3:x-amz-grant-write s3:x-amz-grant-read-acp s3:x-amz-grant-write-acp \
         s3:x-amz-grant-full-control",
        "putobject putobjectacl putobjectversionacl putbucketacl createbucket",
    ),
    ("s3:requestobjecttag/ s3:requestobjecttagkeys", "putobject putobjecttagging putobjectversiontagging"),
    (
        "s3:x-amz-copy-source s3:x-amz-metadata-directive s3:x-amz-server-side-encryption \
         s3:x-amz-server-side-encryption-aws-kms-key-id s3:x-amz-server-side-encryption-customer-algorithm \
         s3:x-amz-storage-class s3:x-amz-website-redirect-location s3:objectcreationoperation s3:if-none-match",
        "putobject replicateobject",
    ),
];

/// The other keys of S3.
const KEYS: &str = "
    s3:authtype s3:signatureversion s3:signatureage s3:x-amz-content-sha256 s3:tlsversion s3:resourceaccount
    s3:versionid s3:existingobjecttag/ s3:if-match s3:object-lock-mode s3:object-lock-retain-until-date
    s3:object-lock-remaining-retention-days s3:object-lock-legal-hold s3:buckettag/ s3:dataaccesspointarn
    s3:dataaccesspointaccount s3:accesspointnetworkorigin s3:inventoryaccessibleoptionalfields";

const GLOBAL_KEYS: &str = "
    aws:currenttime aws:epochtime aws:securetransport aws:sourceip aws:vpcsourceip aws:sourcevpc aws:sourcevpce
    aws:sourcevpcarn aws:vpceaccount aws:vpceorgid aws:vpceorgpaths aws:useragent aws:referer aws:requestedregion
    aws:principalarn aws:principalaccount aws:principaltype aws:userid aws:username aws:principaltag/
    aws:principalisawsservice aws:principalservicename aws:principalservicenameslist aws:principalorgid
    aws:principalorgpaths aws:federatedprovider aws:tokenissuetime aws:multifactorauthpresent
    aws:multifactorauthage aws:sourceidentity aws:chatbotsourcearn aws:ec2instancesourcevpc
    aws:ec2instancesourceprivateipv4 aws:assumedroot aws:requesttag/ aws:tagkeys aws:resourcetag/
    aws:resourceaccount aws:resourceorgid aws:resourceorgpaths aws:sourceaccount aws:sourcearn aws:sourceorgid
    aws:sourceorgpaths aws:viaawsservice aws:calledvia aws:calledviafirst aws:calledvialast aws:sourceowner";
