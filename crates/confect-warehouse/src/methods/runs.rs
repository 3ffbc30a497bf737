//! One run of a method for all tables that it makes.
//!
//! Models are built side by side; those with the same SQL, method and parameters find the run that
//! one of them began and wait for it.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use confect_domain::Model;
use tokio::sync::OnceCell;

use super::MethodOutput;
use crate::error::WarehouseError;

/// The runs of one refresh.
#[derive(Clone, Default)]
pub(crate) struct Runs {
    begun: Arc<Mutex<HashMap<String, Run>>>,
}

type Run = Arc<OnceCell<Arc<MethodOutput>>>;

impl Runs {
    /// What the model's method makes: by `begin`, unless a model like it has begun already.
    pub(crate) async fn of<F>(
        &self,
        model: &Model,
        begin: impl FnOnce() -> F,
    ) -> Result<Arc<MethodOutput>, WarehouseError>
    where
        F: Future<Output = Result<MethodOutput, WarehouseError>>,
    {
        let run = {
            let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(begun.entry(same(model)).or_default())
        };
        run.get_or_try_init(|| async { Ok(Arc::new(begin().await?)) }).await.cloned()
    }
}

/// Equal for models whose method would do the same.
fn same(model: &Model) -> String {
    let call = model.method.as_ref().map(|call| {
        let values = call.parameters.values().map(|(name, value)| format!("{name}={value:?};"));
        format!("{}({})", call.name, values.collect::<String>())
    });
    format!("{}\u{0}{}", call.unwrap_or_default(), model.sql.trim())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use confect_domain::{Layer, TableAccess, TableContract};

    use super::*;
    use crate::methods::tests::call;

    fn model(sql: &str, part: &str) -> Model {
        let contract = TableContract {
            name: part.to_owned(),
            layer: Layer::Marts,
            grain: String::new(),
            key: Vec::new(),
            order: Vec::new(),
            access: TableAccess::Private,
            columns: Vec::new(),
            foreign_keys: Vec::new(),
            accepted: Vec::new(),
        };
        let method = Some(call("test_sums", part));
        let looks_up = BTreeMap::new();
        let (growth, path) = (confect_domain::Growth::Rebuilt, String::new());
        let (sql, keeps) = (sql.to_owned(), BTreeMap::new());
        Model { contract, sql, method, growth, looks_up, keeps, by_key: None, path }
    }

    #[tokio::test]
    async fn models_of_one_method_over_the_same_rows_share_its_run() {
        let (runs, count) = (Runs::default(), AtomicUsize::new(0));
        let begin = || async {
            count.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            Ok(MethodOutput::default())
        };
        let (rows, sums) = (model("select 1\n", "count"), model("select 1", "sum"));
        let (first, second) = tokio::join!(runs.of(&rows, begin), runs.of(&sums, begin));
        assert!(first.is_ok() && second.is_ok());
        assert_eq!(count.load(Ordering::SeqCst), 1);
        assert!(runs.of(&model("select 2", "sum"), begin).await.is_ok());
        assert_eq!(count.load(Ordering::SeqCst), 2);
    }
}
