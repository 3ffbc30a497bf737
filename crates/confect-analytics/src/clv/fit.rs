//! From a likelihood to fitted parameters: where to start, how far, and what is said about the end.

use crate::numeric::newton::{Limits, Maximum, Point, maximise};

/// What a fit leaves behind, for any number of parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted<const N: usize> {
    /// The parameters, in the order of their names.
    pub parameters: [f64; N],
    /// Standard errors; `None` where the curvature tells nothing, 0 for a parameter at its edge.
    pub standard_errors: Option<[f64; N]>,
    /// Covariance of the logarithms of the parameters.
    pub(crate) log_covariance: Option<[[f64; N]; N]>,
    /// The logarithm of the likelihood.
    pub log_likelihood: f64,
    /// How often the likelihood was computed.
    pub evaluations: u32,
    /// Whether a maximum was reached.
    pub converged: bool,
    /// Which parameters ran to the edge of their range.
    pub at_edge: [bool; N],
}

impl<const N: usize> Fitted<N> {
    /// Parameters from elsewhere: a paper, another program.
    pub fn given(parameters: [f64; N]) -> Self {
        Self {
            parameters,
            standard_errors: None,
            log_covariance: None,
            log_likelihood: f64::NEG_INFINITY,
            evaluations: 0,
            converged: true,
            at_edge: [false; N],
        }
    }

    pub(super) fn of(maximum: Maximum<N>) -> Self {
        let standard_errors = maximum.log_covariance.map(|covariance| {
            std::array::from_fn(|at| maximum.parameters[at] * covariance[at][at].max(0.0).sqrt())
        });
        Self {
            parameters: maximum.parameters,
            standard_errors,
            log_covariance: maximum.log_covariance,
            log_likelihood: maximum.value,
            evaluations: maximum.evaluations,
            converged: maximum.converged && maximum.parameters.iter().all(|value| value.is_finite()),
            at_edge: maximum.at_edge,
        }
    }
}

/// Where a fit starts, and a weak pull towards it for small data.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start<const N: usize> {
    pub(super) at: [f64; N],
    pub(super) ranges: [(f64, f64); N],
    /// Standard deviation of a log-normal prior around the start; none by default.
    pub(super) prior_sd: Option<f64>,
}

const MOST_EVALUATIONS: u32 = 200;

/// Climbs, from `from` if it is given.
pub(super) fn climb<const N: usize>(
    start: &Start<N>,
    from: Option<[f64; N]>,
    mut likelihood: impl FnMut(&[f64; N]) -> Point<N>,
) -> Maximum<N> {
    let limits = Limits { ranges: start.ranges, evaluations: MOST_EVALUATIONS };
    maximise(from.unwrap_or(start.at), &limits, |parameters| {
        let mut point = likelihood(parameters);
        if let Some(sd) = start.prior_sd {
            for (at, (value, usual)) in parameters.iter().zip(start.at).enumerate() {
                let away = (value / usual).ln() / (sd * sd);
                point.value -= away * away * sd * sd / 2.0;
                point.gradient[at] -= away / value;
                point.hessian[at][at] -= (1.0 / (sd * sd) - away) / (value * value);
            }
        }
        point
    })
}

/// A range of e^±12 around a scale.
pub(super) fn range(scale: f64) -> (f64, f64) {
    (scale * (-12.0_f64).exp(), scale * 12.0_f64.exp())
}
