//! Gauss-Legendre quadrature with 16 points: exact for polynomials of degree 31.
//!
//! Smooth integrands only; callers cut the range into panels so that the logarithm of the integrand changes
//! by about 16 at most in each, which leaves errors near 1e-15.

/// Positive points on (-1, 1) with their weights (Abramowitz and Stegun, table 25.4).
const POINTS: [(f64, f64); 8] = [
    (0.095_012_509_837_637_44, 0.189_450_610_455_068_5),
    (0.281_603_550_779_258_9, 0.182_603_415_044_923_6),
    (0.458_016_777_657_227_4, 0.169_156_519_395_002_54),
    (0.617_876_244_402_643_7, 0.149_595_988_816_576_74),
    (0.755_404_408_355_003, 0.124_628_971_255_533_88),
    (0.865_631_202_387_831_7, 0.095_158_511_682_492_78),
    (0.944_575_023_073_232_6, 0.062_253_523_938_647_89),
    (0.989_400_934_991_649_9, 0.027_152_459_411_754_096),
];

/// The points of `[from, to]` cut into `panels` equal parts, each with its weight.
pub(crate) fn points(from: f64, to: f64, panels: u32) -> impl Iterator<Item = (f64, f64)> {
    let half = (to - from) / f64::from(panels.max(1)) / 2.0;
    (0..panels.max(1)).flat_map(move |panel| {
        let middle = from + half * (2.0 * f64::from(panel) + 1.0);
        POINTS.into_iter().flat_map(move |(point, weight)| {
            [(middle - half * point, half * weight), (middle + half * point, half * weight)]
        })
    })
}

#[cfg(test)]
mod tests {
    use super::points;

    #[test]
    fn an_exponential_is_integrated() {
        let got: f64 = points(0.0, 1.0, 1).map(|(x, weight)| weight * (-16.0 * x).exp()).sum();
        let expected = (1.0 - (-16.0_f64).exp()) / 16.0;
        assert!((got / expected - 1.0).abs() < 1e-13, "{got}");
    }
}
