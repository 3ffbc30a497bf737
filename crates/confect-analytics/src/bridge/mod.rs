//! Why revenue changed from one period to another, as amounts that add up to the change.
//!
//! ```text
//! net revenue ┬ known customers = customers × orders each × items an order × price × mix × kept of discount × kept of returns
//!             ├ unknown customers
//!             └ adjustments: lines without a quantity
//! ```
//!
//! Method: Shapley 1953 over the seven factors, the mean over all orders of replacing them; exact, symmetric and
//! at ease with zeros. LMDI (Ang 2004) is there to compare. Price is what articles of both periods cost more;
//! mix is what customers chose instead, new and dropped articles among it; [`price_volume_mix`] tells those apart.
//!
//! Sums are whole ten-thousandths. The factors are multiplied in `f64`, rounded, and what rounding leaves over (a
//! few ten-thousandths) goes to the largest effect, so that the parts equal the change exactly.
//!
//! Deliberately absent: causes outside of the sales lines, such as a campaign or the weather.

mod effects;
mod factors;
mod lines;
mod volume;

pub use effects::{Bridge, Effect, bridge_sums, build_bridge};
pub use factors::{lmdi, shapley};
pub use lines::{PeriodSums, SaleLine};
pub use volume::{PriceVolumeMix, price_volume_mix};
