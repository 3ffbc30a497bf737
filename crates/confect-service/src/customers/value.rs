//! What customers will bring, how well the model knew it before, and who is about to leave.

use confect_metrics::Access;
use futures::try_join;

use super::inquiry::Inquiry;
use super::{CustomersAnswer, lists};
use crate::error::ServiceError;
use crate::shop::Shop;

const VALUES: [&str; 1] = ["customer_value"];

impl Shop {
    /// The page of value and churn for one viewer.
    ///
    /// # Errors
    /// Nothing published, or a failing query.
    pub async fn customer_values(&self, access: &Access) -> Result<CustomersAnswer, ServiceError> {
        let inquiry = Inquiry::new(self, access)?;
        let (totals, deciles, lorenz, calibration, card, at_risk) = try_join!(
            inquiry.ask(&["customer_value", "customer_signals"], include_str!("sql/value_totals.sql"), &[]),
            inquiry.ask(&VALUES, include_str!("sql/value_deciles.sql"), &[]),
            inquiry.ask(&VALUES, include_str!("sql/value_lorenz.sql"), &[]),
            inquiry.ask(&["value_calibration"], include_str!("sql/calibration.sql"), &[]),
            inquiry.ask(&["value_model"], include_str!("sql/card.sql"), &[]),
            async {
                match lists::named("at_risk") {
                    Some(list) => lists::rows(&inquiry, list, lists::MORE).await,
                    None => Err(ServiceError::Internal("no list of those at risk".to_owned())),
                }
            },
        )?;
        let parts = vec![
            ("totals", totals),
            ("deciles", deciles),
            ("lorenz", lorenz),
            ("calibration", calibration),
            ("card", card),
            ("at_risk", at_risk),
            ("method", self.method_of("customer_value")),
            ("signals_method", self.method_of("customer_signals")),
        ];
        Ok(self.customers_answer(&inquiry, access, parts))
    }
}
