//! Makes the rows of one model: by its SQL, and by its method if it has one.
//!
//! A method gets all rows at once, or takes them while they come, if what it keeps is less than the rows.

use std::sync::Arc;
use std::time::Instant;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use confect_domain::{Finding, Model, TableContract};
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use tokio::task::JoinSet;

use super::Batches;
use super::arrange::arrange;
use crate::contract::conform;
use crate::error::WarehouseError;
use crate::methods::{self, Consumer, MethodOutput, Rows, Runs};
use crate::storage::arrow_schema;

/// Batches that wait for a method while it works.
const WAITING_BATCHES: usize = 8;

/// A model's rows, in the form and order of its contract.
pub(super) struct BuiltModel {
    pub(super) contract: TableContract,
    pub(super) schema: SchemaRef,
    pub(super) batches: Batches,
    pub(super) findings: Vec<Finding>,
    pub(super) seconds: f64,
}

/// Builds a model's rows, adds those that stay, and brings them into the form and order of its contract.
pub(super) async fn build_model(
    context: SessionContext,
    model: Model,
    staying: Vec<RecordBatch>,
    arranged: bool,
    runs: Runs,
) -> Result<BuiltModel, WarehouseError> {
    let started = Instant::now();
    let (delivered_rows, findings) = match &model.method {
        None => (delivered(&context, &model).await?.1, Vec::new()),
        Some(call) => {
            let made = runs.of(&model, || run_method(&context, &model)).await?;
            let part = made.parts.get(call.part.as_str()).cloned();
            let message = || format!("its method makes no part `{}`", call.part);
            let batch = part.ok_or_else(|| WarehouseError::Internal(message()))?;
            (vec![batch], made.findings.clone())
        }
    };
    let shaped = tokio::task::spawn_blocking(move || {
        let Model { contract, path, .. } = model;
        let schema = arrow_schema(&contract);
        let mut batches = conform(&contract, &path, &schema, delivered_rows)?;
        if !staying.is_empty() {
            batches.extend(conform(&contract, &path, &schema, staying)?);
        }
        if arranged {
            batches = arrange(&contract, batches)?;
        }
        Ok(BuiltModel {
            contract,
            schema,
            batches: Arc::new(batches),
            findings,
            seconds: started.elapsed().as_secs_f64(),
        })
    });
    shaped.await.map_err(|error| WarehouseError::Internal(error.to_string()))?
}

/// What a model's SQL delivers: at least one batch, so that the columns are known.
async fn delivered(
    context: &SessionContext,
    model: &Model,
) -> Result<(SchemaRef, Vec<RecordBatch>), WarehouseError> {
    let failed = |error: datafusion::error::DataFusionError| {
        WarehouseError::model_run(&model.contract.name, &model.path, &error)
    };
    let frame = context.sql(&model.sql).await.map_err(failed)?;
    let schema: SchemaRef = Arc::new(frame.schema().as_arrow().clone());
    let parts = frame.collect_partitioned().await.map_err(failed)?;
    let mut rows: Vec<RecordBatch> = parts.into_iter().flatten().collect();
    if rows.is_empty() {
        rows.push(RecordBatch::new_empty(Arc::clone(&schema)));
    }
    Ok((schema, rows))
}

/// Runs a model's method on the rows that its SQL delivers.
async fn run_method(context: &SessionContext, model: &Model) -> Result<MethodOutput, WarehouseError> {
    let Some(call) = model.method.clone() else { return Ok(MethodOutput::default()) };
    let refused = |error| WarehouseError::model(&model.contract.name, &model.path, error);
    if let Some(method) = methods::begin(&call).map_err(refused)? {
        return run_while_reading(context, model, method).await;
    }
    let (schema, batches) = delivered(context, model).await?;
    let run = move || Rows::new(&schema, &batches).and_then(|rows| methods::run(&call, &rows));
    let made = tokio::task::spawn_blocking(run).await;
    made.map_err(|error| WarehouseError::Internal(error.to_string()))?.map_err(refused)
}

/// Hands the rows to the method as they come, so that they never are in memory together.
async fn run_while_reading(
    context: &SessionContext,
    model: &Model,
    mut method: Box<dyn Consumer>,
) -> Result<MethodOutput, WarehouseError> {
    let failed = |error: datafusion::error::DataFusionError| {
        WarehouseError::model_run(&model.contract.name, &model.path, &error)
    };
    let frame = context.sql(&model.sql).await.map_err(failed)?;
    let schema: SchemaRef = Arc::new(frame.schema().as_arrow().clone());
    let (sender, mut receiver) = tokio::sync::mpsc::channel::<RecordBatch>(WAITING_BATCHES);
    let mut reading = JoinSet::new();
    for mut stream in frame.execute_stream_partitioned().await.map_err(failed)? {
        let sender = sender.clone();
        reading.spawn(async move {
            while let Some(batch) = stream.next().await {
                // A method that failed takes no more.
                if sender.send(batch?).await.is_err() {
                    break;
                }
            }
            Ok::<(), datafusion::error::DataFusionError>(())
        });
    }
    drop(sender);
    let work = move || {
        // That the columns are there is to be known without rows as well.
        method.take(&Rows::new(&schema, &[RecordBatch::new_empty(Arc::clone(&schema))])?)?;
        while let Some(batch) = receiver.blocking_recv() {
            method.take(&Rows::new(&schema, &[batch])?)?;
        }
        Ok(method)
    };
    let joined = |error: tokio::task::JoinError| WarehouseError::Internal(error.to_string());
    let method = tokio::task::spawn_blocking(work).await.map_err(joined)?;
    // What stopped the reading comes before what the method made of half the rows.
    while let Some(read) = reading.join_next().await {
        read.map_err(joined)?.map_err(failed)?;
    }
    let refused = |error| WarehouseError::model(&model.contract.name, &model.path, error);
    let method = method.map_err(refused)?;
    tokio::task::spawn_blocking(move || method.finish()).await.map_err(joined)?.map_err(refused)
}
