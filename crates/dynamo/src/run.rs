//! From a plan to the engine's answer; what the operations share.

use std::sync::Arc;

use operation::{Call, Caller, Visit};
use serde_json::Value;

use crate::backend::{Backend, Order, Schema};
use crate::error::Error;
use crate::plan::Plan;
use crate::tokens;

/// The state of the service: its engine.
pub struct Dynamo {
    backend: Arc<dyn Backend>,
}

impl Dynamo {
    /// The service in front of an engine.
    pub fn new(backend: impl Backend + 'static) -> Self {
        Self::over(Arc::new(backend))
    }

    /// The service in front of an engine, or engines, that somebody else knows too.
    pub fn over(backend: Arc<dyn Backend>) -> Self {
        Self { backend }
    }
}

/// Carries out a plan.
pub(crate) async fn run(call: Call<Dynamo>, input: Value, plan: Plan) -> Result<Value, Error> {
    plan.refusal.finish()?;
    let order = Order {
        account: call.place.account,
        region: call.place.region.clone(),
        operation: plan.operation,
        writes: plan.writes,
        document: plan.rewritten.unwrap_or(input),
        relies_on: plan.relies_on,
    };
    let mut answer = call.state.backend.execute(order).await?;
    if let Some(sealing) = plan.sealing {
        tokens::seal(call.visit(), sealing, &mut answer)?;
    }
    Ok(answer)
}

/// Whether nobody signed: a stranger's request is refused before anything is looked up.
pub(crate) fn is_strange(visit: &Visit<Dynamo>) -> bool {
    matches!(visit.caller, Caller::Anonymous)
}

/// The keys and tags of a table. The plan relies on them from now on.
pub(crate) async fn schema(visit: &Visit<Dynamo>, plan: &mut Plan, table: &str) -> Result<Option<Arc<Schema>>, Error> {
    if let Some((_, known)) = plan.relies_on.iter().find(|(name, _)| name == table) {
        return Ok(known.clone());
    }
    let schema = visit.state.backend.schema(visit.place.account, table).await?;
    plan.relies_on.push((table.to_owned(), schema.clone()));
    Ok(schema)
}
