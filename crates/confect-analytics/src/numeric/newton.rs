//! The maximum of a smooth function of a few positive parameters: Newton's method on their logarithms.
//!
//! Damped until the Hessian is negative definite (Levenberg 1944), the step capped and halved until the value
//! does not fall; a parameter that runs to the edge of its range is held there and reported.
//! Deterministic; sums and comparisons only, so a repeat gives the same bits.

/// Value, gradient and Hessian at one point, in the parameters themselves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Point<const N: usize> {
    pub(crate) value: f64,
    pub(crate) gradient: [f64; N],
    pub(crate) hessian: [[f64; N]; N],
}

impl<const N: usize> Point<N> {
    pub(crate) const ZERO: Self = Self { value: 0.0, gradient: [0.0; N], hessian: [[0.0; N]; N] };

    /// Adds `weight` times another.
    pub(crate) fn add(&mut self, weight: f64, other: &Self) {
        self.value += weight * other.value;
        for row in 0..N {
            self.gradient[row] += weight * other.gradient[row];
            for column in 0..N {
                self.hessian[row][column] += weight * other.hessian[row][column];
            }
        }
    }

    /// By the logarithms of the parameters.
    fn on_logarithms(&self, parameters: &[f64; N]) -> Self {
        let mut point = *self;
        for row in 0..N {
            point.gradient[row] = parameters[row] * self.gradient[row];
            for column in 0..N {
                point.hessian[row][column] = parameters[row] * parameters[column] * self.hessian[row][column];
            }
            point.hessian[row][row] += point.gradient[row];
        }
        point
    }

    fn is_finite(&self) -> bool {
        self.value.is_finite()
            && self.gradient.iter().chain(self.hessian.iter().flatten()).all(|number| number.is_finite())
    }
}

/// Where the search ended.
#[derive(Clone, Debug)]
pub(crate) struct Maximum<const N: usize> {
    pub(crate) parameters: [f64; N],
    pub(crate) value: f64,
    /// Covariance of the logarithms of the parameters; 0 for one at the edge. `None` if it is not definite.
    pub(crate) log_covariance: Option<[[f64; N]; N]>,
    pub(crate) evaluations: u32,
    pub(crate) converged: bool,
    /// Which parameters are at the edge of their range.
    pub(crate) at_edge: [bool; N],
}

/// How far a search goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits<const N: usize> {
    /// The smallest and the largest value of each parameter.
    pub(crate) ranges: [(f64, f64); N],
    pub(crate) evaluations: u32,
}

/// Climbs from `start` to a maximum of `function`.
pub(crate) fn maximise<const N: usize>(
    start: [f64; N],
    limits: &Limits<N>,
    mut function: impl FnMut(&[f64; N]) -> Point<N>,
) -> Maximum<N> {
    let edges = limits.ranges.map(|(low, high)| (low.ln(), high.ln()));
    let mut logs: [f64; N] = std::array::from_fn(|at| start[at].ln().clamp(edges[at].0, edges[at].1));
    let mut parameters = logs.map(f64::exp);
    let mut point = function(&parameters).on_logarithms(&parameters);
    let (mut evaluations, mut converged) = (1, false);
    let mut at_edge = held(&logs, &point, &edges);
    while evaluations < limits.evaluations && point.is_finite() {
        let Some(step) = ascent(&point, &at_edge) else { break };
        let gain: f64 = (0..N).map(|at| step[at] * point.gradient[at]).sum();
        // Below this the value is rounding.
        let slack = 1e-9 + 1e-13 * point.value.abs();
        if gain <= slack {
            converged = true;
            // The last, tiny step still doubles the digits.
            logs = moved(&logs, &step, 1.0, &edges);
            parameters = logs.map(f64::exp);
            point = function(&parameters).on_logarithms(&parameters);
            evaluations += 1;
            break;
        }
        let mut scale = (LONGEST / longest(&step)).min(1.0);
        let shortest = scale * 1e-9;
        let accepted = loop {
            let next = moved(&logs, &step, scale, &edges);
            let values = next.map(f64::exp);
            let candidate = function(&values).on_logarithms(&values);
            evaluations += 1;
            if candidate.is_finite() && candidate.value >= point.value - slack {
                break Some((next, values, candidate));
            }
            scale /= 2.0;
            if scale < shortest || evaluations >= limits.evaluations {
                break None;
            }
        };
        let Some((next, values, candidate)) = accepted else { break };
        (logs, parameters, point) = (next, values, candidate);
        at_edge = held(&logs, &point, &edges);
    }
    let log_covariance = covariance(&point, &at_edge);
    Maximum { parameters, value: point.value, log_covariance, evaluations, converged, at_edge }
}

/// Which parameters stand at an edge and would go beyond it.
fn held<const N: usize>(logs: &[f64; N], point: &Point<N>, edges: &[(f64, f64); N]) -> [bool; N] {
    std::array::from_fn(|at| {
        (logs[at] <= edges[at].0 + 1e-9 && point.gradient[at] <= 0.0)
            || (logs[at] >= edges[at].1 - 1e-9 && point.gradient[at] >= 0.0)
    })
}

fn moved<const N: usize>(logs: &[f64; N], step: &[f64; N], scale: f64, edges: &[(f64, f64); N]) -> [f64; N] {
    std::array::from_fn(|at| (logs[at] + scale * step[at]).clamp(edges[at].0, edges[at].1))
}

/// The Newton step of the parameters that are not held; where the Hessian is not negative definite, damped
/// until it leads upwards and is short.
fn ascent<const N: usize>(point: &Point<N>, at_edge: &[bool; N]) -> Option<[f64; N]> {
    let gradient = std::array::from_fn(|at| if at_edge[at] { 0.0 } else { point.gradient[at] });
    if let Some(factor) = cholesky(&negated(point, at_edge, 0.0)) {
        return Some(solve(&factor, &gradient));
    }
    let scale = (0..N)
        .fold(1e-9_f64, |scale, at| scale.max(point.hessian[at][at].abs()).max(point.gradient[at].abs()));
    (0..40).map(|power| 1e-13 * scale * 4.0_f64.powi(power)).find_map(|damping| {
        let step = solve(&cholesky(&negated(point, at_edge, damping))?, &gradient);
        (longest(&step) <= LONGEST).then_some(step)
    })
}

/// No parameter changes by more than this factor (on the logarithm) in one step.
const LONGEST: f64 = 1.5;

fn longest<const N: usize>(step: &[f64; N]) -> f64 {
    step.iter().fold(0.0, |longest, part| longest.max(part.abs()))
}

fn negated<const N: usize>(point: &Point<N>, at_edge: &[bool; N], damping: f64) -> [[f64; N]; N] {
    std::array::from_fn(|row| {
        std::array::from_fn(|column| match (at_edge[row] || at_edge[column], row == column) {
            (true, same) => f64::from(u8::from(same)),
            (false, true) => damping - point.hessian[row][row],
            (false, false) => -point.hessian[row][column],
        })
    })
}

fn covariance<const N: usize>(point: &Point<N>, at_edge: &[bool; N]) -> Option<[[f64; N]; N]> {
    let factor = cholesky(&negated(point, at_edge, 0.0))?;
    let mut inverse = [[0.0; N]; N];
    for (column, unit) in inverse.iter_mut().enumerate() {
        if at_edge[column] {
            continue;
        }
        let mut right = [0.0; N];
        right[column] = 1.0;
        *unit = solve(&factor, &right);
    }
    inverse.iter().flatten().all(|number| number.is_finite()).then_some(inverse)
}

/// The lower triangle `L` with `L Lᵀ = matrix`; `None` unless the matrix is positive definite.
fn cholesky<const N: usize>(matrix: &[[f64; N]; N]) -> Option<[[f64; N]; N]> {
    let mut factor = [[0.0; N]; N];
    for row in 0..N {
        for column in 0..=row {
            let known: f64 = (0..column).map(|at| factor[row][at] * factor[column][at]).sum();
            let rest = matrix[row][column] - known;
            if row == column {
                // Definite by rounding only is not definite.
                if rest.is_nan() || rest <= 1e-13 * matrix[row][row].abs() || rest <= 0.0 {
                    return None;
                }
                factor[row][row] = rest.sqrt();
            } else {
                factor[row][column] = rest / factor[column][column];
            }
        }
    }
    Some(factor)
}

fn solve<const N: usize>(factor: &[[f64; N]; N], right: &[f64; N]) -> [f64; N] {
    let mut solution = *right;
    for row in 0..N {
        for at in 0..row {
            solution[row] -= factor[row][at] * solution[at];
        }
        solution[row] /= factor[row][row];
    }
    for row in (0..N).rev() {
        for at in row + 1..N {
            solution[row] -= factor[at][row] * solution[at];
        }
        solution[row] /= factor[row][row];
    }
    solution
}

#[cfg(test)]
mod tests {
    use super::*;

    /// -(x-2)² - 3(y-5)² - (x-2)(y-5): the maximum is at (2, 5), the Hessian [[-2,-1],[-1,-6]].
    #[test]
    fn a_paraboloid_is_climbed() {
        let limits = Limits { ranges: [(1e-6, 1e6); 2], evaluations: 100 };
        let maximum = maximise([0.1, 40.0], &limits, |&[x, y]| Point {
            value: -(x - 2.0).powi(2) - 3.0 * (y - 5.0).powi(2) - (x - 2.0) * (y - 5.0),
            gradient: [-2.0 * (x - 2.0) - (y - 5.0), -6.0 * (y - 5.0) - (x - 2.0)],
            hessian: [[-2.0, -1.0], [-1.0, -6.0]],
        });
        assert!(maximum.converged && maximum.at_edge == [false; 2]);
        assert!((maximum.parameters[0] - 2.0).abs() < 1e-9 && (maximum.parameters[1] - 5.0).abs() < 1e-9);
        // Covariance in the parameters is the inverse of [[2,1],[1,6]] = [[6,-1],[-1,2]]/11.
        let covariance = maximum.log_covariance.expect("definite");
        assert!((covariance[0][0] * 4.0 - 6.0 / 11.0).abs() < 1e-9);
        assert!((covariance[0][1] * 10.0 + 1.0 / 11.0).abs() < 1e-9);
    }

    #[test]
    fn what_runs_away_is_held_at_the_edge() {
        let limits = Limits { ranges: [(1e-3, 1e3); 2], evaluations: 200 };
        let maximum = maximise([1.0, 1.0], &limits, |&[x, y]| Point {
            value: -1.0 / x - (y - 2.0).powi(2),
            gradient: [1.0 / (x * x), -2.0 * (y - 2.0)],
            hessian: [[-2.0 / (x * x * x), 0.0], [0.0, -2.0]],
        });
        assert!(maximum.converged && maximum.at_edge == [true, false], "{maximum:?}");
        assert!((maximum.parameters[1] - 2.0).abs() < 1e-6);
    }
}
