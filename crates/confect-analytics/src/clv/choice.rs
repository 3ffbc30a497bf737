//! Which model is used, and why: the first with an inner maximum, unless another explains the data far better; or
//! what the data allow.

use crate::caveat::Caveat;

use super::fits::Fits;
use super::options::{ClvOptions, MarginRate, ModelChoice};
use super::purchases::{PurchaseKind, PurchaseModel};
use super::scoring::span;
use super::spend::{SpendModel, fit_spend};
use super::summary::{CustomerSummary, Summaries};

/// The model, and why it is this one; `None` for the fallback.
pub(super) fn choose_purchases(
    summaries: &Summaries,
    fits: &Fits,
    options: &ClvOptions,
    caveats: &mut Vec<Caveat>,
) -> (Option<PurchaseModel>, String) {
    let customers = summaries.customers.len();
    let repeats = summaries.customers.iter().filter(|summary| summary.repeats > 0).count();
    let (days, horizon) =
        (span(summaries) * options.unit_days, f64::from(options.months) * options.month_days);
    let least = options.min_repeat_customers.max(1);
    if repeats < least || days * 10.0 < horizon {
        let message = if repeats < least {
            format!("{repeats} of {customers} customers bought again, fewer than {least}")
        } else {
            format!("{days:.0} days observed are too few to look {horizon:.0} days ahead")
        };
        let remedy = "observe for longer; until then the pooled rate of all is used, no further ahead than was observed";
        caveats.push(Caveat::new("clv-thin-data", customers, message.clone(), remedy));
        return (None, format!("pooled rate: {message}"));
    }
    if days < horizon {
        let message = format!("{days:.0} days observed, {horizon:.0} days expected: the model extrapolates");
        caveats.push(Caveat::new("clv-long-horizon", customers, message, "shorten the horizon"));
    }
    let kinds: &[PurchaseKind] = match options.model {
        ModelChoice::Auto => &[PurchaseKind::Mbg, PurchaseKind::Pareto, PurchaseKind::Bg],
        ModelChoice::Only(PurchaseKind::Mbg) => &[PurchaseKind::Mbg],
        ModelChoice::Only(PurchaseKind::Bg) => &[PurchaseKind::Bg],
        ModelChoice::Only(PurchaseKind::Pareto) => &[PurchaseKind::Pareto],
    };
    let (mut at_edge, mut failed) = (None, Vec::new());
    for kind in kinds {
        match fits.of(*kind) {
            Ok(model) if !model.fitted.at_edge.contains(&true) => {
                let better = (options.model == ModelChoice::Auto && *kind == PurchaseKind::Mbg)
                    .then(|| far_better(&model, fits))
                    .flatten();
                if let Some((better, why)) = better {
                    caveats.push(one_timers(summaries));
                    caveats.extend(loose(&better));
                    return (Some(better), why);
                }
                caveats.extend(loose(&model));
                let why = if at_edge.is_some() || !failed.is_empty() {
                    "the first of MBG/NBD, Pareto/NBD and BG/NBD with an inner maximum"
                } else if options.model == ModelChoice::Auto {
                    "the default: customers may leave after any purchase, the first as well"
                } else {
                    "as asked"
                };
                return (Some(model), why.to_owned());
            }
            Ok(model) => at_edge = at_edge.or(Some(model)),
            Err(caveat) => failed.push(caveat),
        }
    }
    if let Some(model) = at_edge {
        let names = model.kind.parameter_names().into_iter().zip(model.fitted.at_edge);
        let names: Vec<&str> = names.filter(|(_, edge)| *edge).map(|(name, _)| name).collect();
        let message = format!(
            "{} has its maximum at the edge in `{}`: the data do not tell how customers differ in leaving",
            model.kind.name(),
            names.join("`, `")
        );
        let remedy = "do not read P(alive) as a forecast; observe for longer";
        caveats.push(Caveat::new("clv-at-edge", customers, message, remedy));
        return (Some(model), "no model has an inner maximum; the first with one at the edge".to_owned());
    }
    caveats.append(&mut failed);
    (None, "pooled rate: no model has a maximum that could be found".to_owned())
}

/// A difference of the Bayesian information criterion that is very strong evidence (Kass and Raftery 1995).
const VERY_STRONG: f64 = 10.0;

/// BG/NBD where the data say far more clearly than MBG/NBD that nobody leaves after the first purchase. Both have
/// four parameters, so their criteria differ by twice the logarithm of the likelihoods.
fn far_better(usual: &PurchaseModel, fits: &Fits) -> Option<(PurchaseModel, String)> {
    let other = fits.of(PurchaseKind::Bg).ok()?;
    let ahead = 2.0 * (other.fitted.log_likelihood - usual.fitted.log_likelihood);
    let is_inner = !other.fitted.at_edge.contains(&true);
    (is_inner && ahead > VERY_STRONG).then(|| {
        let why = format!(
            "{} explains these customers far better than {} (criterion {ahead:.0} smaller): nobody leaves after the \
             first purchase",
            other.kind.name(),
            usual.kind.name()
        );
        (other, why)
    })
}

/// BG/NBD has no way of losing who bought once.
fn one_timers(summaries: &Summaries) -> Caveat {
    let once = summaries.customers.iter().filter(|summary| summary.repeats == 0).count();
    let message = format!("{once} customers bought once, and the model takes all of them for not lost");
    Caveat::new("clv-one-timers-stay", once, message, "read their days of silence beside P(alive)")
}

/// A maximum so flat that a parameter is not known within a factor of e.
fn loose(model: &PurchaseModel) -> Option<Caveat> {
    let named = model.kind.parameter_names().into_iter().zip(model.fitted.parameters);
    let errors = model.fitted.standard_errors.unwrap_or([f64::INFINITY; 4]);
    let loose: Vec<&str> =
        named.zip(errors).filter(|((_, value), error)| error > value).map(|((name, _), _)| name).collect();
    (!loose.is_empty()).then(|| {
        let message = format!("the data hardly determine `{}` of {}", loose.join("`, `"), model.kind.name());
        let remedy = "read the totals and the intervals; P(alive) is little more than an assumption";
        Caveat::new("clv-loose-parameters", model.customers, message, remedy)
    })
}

pub(super) fn choose_spend(
    summaries: &Summaries,
    options: &ClvOptions,
    caveats: &mut Vec<Caveat>,
) -> Option<SpendModel> {
    let worth = |summary: &&CustomerSummary| summary.repeats > 0 && summary.mean_value > 0.0;
    let usable = summaries.customers.iter().filter(worth).count();
    if usable < options.min_repeat_customers.max(1) {
        let message = format!("{usable} customers have repeat purchases worth more than 0; one mean for all");
        caveats.push(Caveat::new("clv-thin-spend", usable, message, "observe for longer"));
        return None;
    }
    let model =
        fit_spend(&summaries.customers, options.prior_sd).map_err(|caveat| caveats.push(caveat)).ok()?;
    if model.left_out > 0 {
        let message = format!("{} customers' repeat purchases are worth 0 or less", model.left_out);
        caveats.push(Caveat::new("clv-nonpositive-value", model.left_out, message, "look at their returns"));
    }
    if let Some(correlation) = model.correlation.filter(|correlation| correlation.abs() > 0.3) {
        let message = format!("value and number of orders correlate at {correlation:.2}");
        let remedy = "values of heavy and light buyers are biased: read the totals, not the rows";
        caveats.push(Caveat::new("clv-value-depends-on-frequency", model.customers, message, remedy));
    }
    if model.fitted.at_edge.contains(&true) {
        let message =
            "the value of orders hardly differs, or differs without bound, over customers".to_owned();
        caveats.push(Caveat::new(
            "clv-spend-at-edge",
            model.customers,
            message,
            "look at the largest orders",
        ));
    }
    Some(model)
}

pub(super) fn margin_rate(summaries: &Summaries, options: &ClvOptions, caveats: &mut Vec<Caveat>) -> f64 {
    let rate = match (options.margin, summaries.margin_of) {
        (MarginRate::Fixed(rate), _) => rate,
        (MarginRate::FromOrders, Some((revenue, margin))) if revenue > 0 => margin as f64 / revenue as f64,
        (MarginRate::FromOrders, _) => {
            let message = "no order has a known margin: value is revenue".to_owned();
            let customers = summaries.customers.len();
            caveats.push(Caveat::new("clv-no-margin", customers, message, "load costs or fix the margin"));
            1.0
        }
    };
    if rate <= 0.0 {
        let message = format!("the margin is {:.1} % of revenue: more orders are worth less", rate * 100.0);
        caveats.push(Caveat::new(
            "clv-negative-margin",
            summaries.customers.len(),
            message,
            "check the costs",
        ));
    }
    rate
}
