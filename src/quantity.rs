//! Amounts of a resource (`500m`, `1Gi`, `1e3`), read, compared, summed and printed as Kubernetes does it
//! (`k8s.io/apimachinery/pkg/api/resource`, v0.36).
//!
//! Exact, so with integers of any size: only amounts with a binary suffix have a greatest value in Kubernetes. Where this
//! is not what Kubernetes does:
//!
//! - An exponent beyond ±1000 is refused, and none is printed. Kubernetes accepts it, keeps only the lowest 32 bits of it,
//!   and may never end computing with what it read.
//! - A text of more than 10,000 bytes is refused, since reading takes as long as the square of its length.
//! - Above `E` and `Ei` there is no suffix, so Kubernetes prints `1000E` as `1`. Here it stays `1000E`.
//! - A text is always printed in canonical form; Kubernetes remembers some that are not (`1.500`).

use std::cmp::Ordering;
use std::fmt;
use std::iter::Sum;
use std::num::IntErrorKind;
use std::ops::{Add, AddAssign, Sub};
use std::str::FromStr;

use num_bigint::BigInt;

/// Suffixes of powers of 1000, from 1000^-3 on.
const DECIMAL: [&str; 10] = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];

/// Suffixes of powers of 1024, from 1024^1 on.
const BINARY: [&str; 6] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/// How many nano units are one unit.
const NANO: u32 = 1_000_000_000;

/// The greatest exponent that is read, and the least one, negated.
const MAX_EXPONENT: u32 = 1000;

/// The longest text that is read, in bytes.
const MAX_LENGTH: usize = 10_000;

/// An amount of a resource: of CPUs, of bytes, or of things that are counted. It may be negative.
///
/// It keeps the kind of suffix that it was written with, and is equal to any amount of the same value.
#[derive(Clone, Debug)]
pub struct Quantity {
    /// In billionths of the unit: nothing smaller is kept.
    nano: BigInt,
    format: Format,
}

/// The kind of suffix that an amount is printed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// `500m`, `1k`
    Decimal,
    /// `1Ki`
    Binary,
    /// `1e3`
    Exponent,
}

/// Why a text is no [`Quantity`]. Displayed as the rest of a sentence that begins with the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuantityError {
    /// It has no number, and Kubernetes does not take it for 0.
    NoNumber,
    /// This, behind the number, is no suffix.
    Suffix(String),
    /// Its exponent is beyond ±1000.
    Exponent,
    /// It has more than 10,000 bytes.
    Length,
}

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoNumber => write!(f, "has no number"),
            Self::Suffix(suffix) => write!(f, "ends with {suffix:?}, which is no suffix of a quantity"),
            Self::Exponent => write!(f, "has an exponent beyond ±{MAX_EXPONENT}"),
            Self::Length => write!(f, "has more than {MAX_LENGTH} bytes"),
        }
    }
}

impl std::error::Error for QuantityError {}

impl Quantity {
    /// Nothing.
    pub const ZERO: Self = Self { nano: BigInt::ZERO, format: Format::Decimal };

    /// Whether it is nothing.
    pub fn is_zero(&self) -> bool {
        self.nano == BigInt::ZERO
    }

    /// Whether it is less than nothing.
    pub fn is_negative(&self) -> bool {
        self.nano < BigInt::ZERO
    }

    /// The nearest floating-point number, in units (CPUs, bytes); infinite if there is none.
    pub fn as_f64(&self) -> f64 {
        let value = format!("{}e-9", self.nano).parse();
        value.unwrap_or(f64::NAN)
    }

    /// The format of `self + other` and `self - other`: what is nothing has none of its own.
    fn common_format(&self, other: &Self) -> Format {
        if self.is_zero() { other.format } else { self.format }
    }
}

/// What a suffix stands for: its kind, and the exponent of 10, or of 2 for a binary one.
fn unit(suffix: &str) -> Result<(Format, i32), QuantityError> {
    if let Some((_, exponent)) = DECIMAL.into_iter().zip((-9..).step_by(3)).find(|(known, _)| *known == suffix) {
        return Ok((Format::Decimal, exponent));
    }
    if let Some((_, exponent)) = BINARY.into_iter().zip((10..).step_by(10)).find(|(known, _)| *known == suffix) {
        return Ok((Format::Binary, exponent));
    }
    let exponent = suffix.strip_prefix(['e', 'E']).unwrap_or_default();
    match exponent.parse::<i32>() {
        Ok(exponent) if exponent.unsigned_abs() <= MAX_EXPONENT => Ok((Format::Exponent, exponent)),
        Err(error) if !matches!(error.kind(), IntErrorKind::PosOverflow | IntErrorKind::NegOverflow) => {
            Err(QuantityError::Suffix(suffix.to_owned()))
        }
        _ => Err(QuantityError::Exponent),
    }
}

/// The ASCII digits that a text begins with, and the rest.
fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

/// `10^exponent`.
fn power_of_ten(exponent: usize) -> BigInt {
    BigInt::from(10).pow(u32::try_from(exponent).unwrap_or(u32::MAX))
}

/// As `ParseQuantity` reads it. A reader of JSON or YAML has to take off white space around the text before, as
/// `Quantity.UnmarshalJSON` does.
impl FromStr for Quantity {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(QuantityError::NoNumber);
        }
        if text.len() > MAX_LENGTH {
            return Err(QuantityError::Length);
        }
        let negative = text.starts_with('-');
        let (integer, rest) = split_digits(text.strip_prefix(['+', '-']).unwrap_or(text));
        let (fraction, suffix) = rest.strip_prefix('.').map_or(("", rest), split_digits);
        let (mut format, exponent) = unit(suffix)?;
        if integer.is_empty() && fraction.is_empty() {
            // Kubernetes has two ways of reading; only the one for common suffixes takes no digits for 0.
            let common = if format == Format::Binary { exponent <= 40 } else { exponent >= -9 };
            return if common { Ok(Self { format, ..Self::ZERO }) } else { Err(QuantityError::NoNumber) };
        }
        let digits = format!("{integer}{fraction}");
        let mut nano: BigInt = digits.parse().map_err(|_| QuantityError::NoNumber)?;
        let mut places = fraction.len();
        match (format, usize::try_from(exponent)) {
            (Format::Binary, _) => nano <<= exponent,
            (_, Ok(exponent)) => nano *= power_of_ten(exponent),
            (_, Err(_)) => places += exponent.unsigned_abs() as usize,
        }
        // Away from zero: whoever asks for something gets something.
        let divisor = power_of_ten(places);
        nano = (nano * NANO + &divisor - 1) / divisor;
        if format == Format::Binary {
            nano = nano.min(BigInt::from(i64::MAX) * NANO);
            if BigInt::ZERO < nano && nano < NANO.into() {
                format = Format::Decimal;
            }
        }
        Ok(Self { nano: if negative { -nano } else { nano }, format })
    }
}

/// The canonical form: no fraction, and as few digits as the kind of suffix allows. As `Quantity.CanonicalizeBytes` makes it.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return f.write_str("0");
        }
        let small = *self.nano.magnitude() < (1024 * u64::from(NANO)).into();
        if self.format == Format::Binary && !small && &self.nano % NANO == BigInt::ZERO {
            let mut value = &self.nano / NANO;
            let mut suffix = "";
            for larger in BINARY {
                if &value % 1024 != BigInt::ZERO {
                    break;
                }
                value /= 1024;
                suffix = larger;
            }
            return write!(f, "{value}{suffix}");
        }
        let digits = self.nano.to_string();
        let thousands = (digits.len() - digits.trim_end_matches('0').len()) / 3;
        // What a binary suffix cannot say exactly has a decimal one.
        let most = if self.format == Format::Exponent { MAX_EXPONENT as usize / 3 + 3 } else { DECIMAL.len() - 1 };
        let thousands = thousands.min(most);
        f.write_str(&digits[..digits.len() - 3 * thousands])?;
        match (self.format, thousands) {
            (Format::Exponent, 3) => Ok(()),
            (Format::Exponent, _) if thousands < 3 => write!(f, "e-{}", 9 - 3 * thousands),
            (Format::Exponent, _) => write!(f, "e{}", 3 * thousands - 9),
            (Format::Decimal | Format::Binary, _) => f.write_str(DECIMAL[thousands]),
        }
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nano == other.nano
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nano.cmp(&other.nano)
    }
}

impl Add for Quantity {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { format: self.common_format(&other), nano: self.nano + other.nano }
    }
}

impl AddAssign for Quantity {
    fn add_assign(&mut self, other: Self) {
        self.format = self.common_format(&other);
        self.nano += other.nano;
    }
}

impl Sub for Quantity {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { format: self.common_format(&other), nano: self.nano - other.nano }
    }
}

impl Sum for Quantity {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests;
