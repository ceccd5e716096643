//! Wire shapes of simulations.

use std::collections::BTreeMap;

use serde::Serialize;

/// What became of one action on one resource.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EvaluationResult {
    pub eval_action_name: String,
    pub eval_resource_name: String,
    pub eval_decision: Verdict,
    pub matched_statements: Vec<Statement>,
    pub missing_context_values: Vec<String>,
    pub organizations_decision_detail: Option<OrganizationsDecisionDetail>,
    pub permissions_boundary_decision_detail: Option<PermissionsBoundaryDecisionDetail>,
    pub eval_decision_details: Option<BTreeMap<&'static str, Verdict>>,
    pub resource_specific_results: Option<[ResourceSpecificResult; 1]>,
}

/// The same, said of the resource alone.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ResourceSpecificResult {
    pub eval_resource_name: String,
    pub eval_resource_decision: Verdict,
    pub matched_statements: Vec<Statement>,
    pub missing_context_values: Vec<String>,
    pub eval_decision_details: Option<BTreeMap<&'static str, Verdict>>,
    pub permissions_boundary_decision_detail: Option<PermissionsBoundaryDecisionDetail>,
}

/// A decision, in the words of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    Allowed,
    ExplicitDeny,
    ImplicitDeny,
}

/// A statement that decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Statement {
    pub source_policy_id: String,
    pub source_policy_type: &'static str,
    pub start_position: Option<Position>,
    pub end_position: Option<Position>,
}

/// A place in a document, from line 1 and column 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

/// What the service control policies say.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct OrganizationsDecisionDetail {
    pub allowed_by_organizations: bool,
}

/// What the permissions boundary says.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PermissionsBoundaryDecisionDetail {
    pub allowed_by_permissions_boundary: bool,
}
