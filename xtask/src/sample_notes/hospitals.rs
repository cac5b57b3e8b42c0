//! All demo hospitals, in the order in which the page shows them.

use super::hospital::Hospital;
use super::{lakeside, north, riverside};

/// Each seed is the first one's and its place here.
pub const HOSPITALS: [&Hospital; 3] = [&north::HOSPITAL, &riverside::HOSPITAL, &lakeside::HOSPITAL];
