use std::cmp::Ordering;

use super::{Quantity, QuantityError};

fn read(text: &str) -> Quantity {
    text.parse().unwrap_or_else(|error| panic!("{text:?} {error}"))
}

/// What Kubernetes prints, as `tests/quantity_parity.rs` asks it.
#[test]
fn the_canonical_form() {
    let pairs = [
        ("0", "0"),
        ("-0", "0"),
        ("0Ki", "0"),
        ("0e7", "0"),
        ("1", "1"),
        ("+1", "1"),
        ("007", "7"),
        ("1.", "1"),
        (".5", "500m"),
        ("0.5", "500m"),
        ("1.500", "1500m"),
        ("1500m", "1500m"),
        ("1000m", "1"),
        ("1000", "1k"),
        ("12345000", "12345k"),
        ("10E", "10E"),
        ("1E3", "1e3"),
        ("1e3", "1e3"),
        ("1e-3", "1e-3"),
        ("1e0", "1"),
        ("15e2", "1500"),
        ("1e5", "100e3"),
        ("1e+05", "100e3"),
        ("1e-4", "100e-6"),
        ("1e40", "10e39"),
        ("1024Mi", "1Gi"),
        ("1.5Gi", "1536Mi"),
        ("0.5Ki", "512"),
        ("1000Ki", "1000Ki"),
        ("0.9765625Ki", "1k"),
        ("0.0005Ki", "512m"),
        ("1.0001Ki", "1024102400u"),
        ("-2048Ki", "-2Mi"),
        ("-1.5", "-1500m"),
        ("999999999999999999999", "999999999999999999999"),
    ];
    for (text, canonical) in pairs {
        assert_eq!(read(text).to_string(), canonical, "{text}");
    }
}

#[test]
fn what_is_too_small_is_rounded_away_from_zero() {
    for (text, canonical) in [("0.1n", "1n"), ("-0.1n", "-1n"), ("1.0000000001", "1000000001n"), ("1e-900", "1e-9")] {
        assert_eq!(read(text).to_string(), canonical, "{text}");
    }
    assert_eq!(read("1.1n"), read("2n"));
    assert_eq!(read(&format!("0.{}1Ki", "0".repeat(100))).to_string(), "1n");
}

#[test]
fn only_binary_amounts_have_a_greatest() {
    assert_eq!(read("9223372036854775807Ei").to_string(), "9223372036854775807");
    assert_eq!(read("-8Ei").to_string(), "-9223372036854775807");
    assert_eq!(read("7Ei").to_string(), "7Ei");
    assert!(read("10E") > read("10Ei"));
    assert_eq!((read("7Ei") + read("9Ei")).to_string(), "17293822569102704639");
}

/// Kubernetes prints `1` for the first three.
#[test]
fn above_the_greatest_suffix_it_stays() {
    assert_eq!(read("1000E").to_string(), "1000E");
    assert_eq!(read("1000000000000000000000").to_string(), "1000E");
    let sum = read("1Ki") + read("1180591620717411302400");
    assert_eq!(sum.to_string(), "1024Ei");
    assert_eq!(read("1e1000").to_string(), "10e999");
    assert_eq!(read("1000e1000").to_string(), "10000e999");
}

#[test]
fn texts_without_digits() {
    for text in ["+", "-", ".", "k", "+.m", "Ki", ".Ti", "E", "e-9"] {
        assert!(read(text).is_zero(), "{text}");
    }
    for text in ["", "Pi", "+Ei", ".Pi", "e-10"] {
        assert_eq!(text.parse::<Quantity>(), Err(QuantityError::NoNumber), "{text}");
    }
}

#[test]
fn what_is_no_quantity() {
    let suffixes = [
        " 1", "1 ", "1\n", "1 Ki", "1.5.", "1..5", "--1", "+-1", "1-", "1K", "1ki", "1KI", "1mi", "1i", "1Ki5", "1e",
        "1e+", "1e1.5", "1ee3", "1e3k", "1E3Ki", "1_000", "1,5", "0x10", "NaN", "inf", "١", "1µ", "1e１", "½", "1B",
        "1\0",
    ];
    for text in suffixes {
        let error = text.parse::<Quantity>();
        assert!(matches!(error, Err(QuantityError::Suffix(_))), "{text:?} {error:?}");
    }
    assert_eq!("1".repeat(10_001).parse::<Quantity>(), Err(QuantityError::Length));
    assert!("1".repeat(10_000).parse::<Quantity>().is_ok());
    for text in ["1e1001", "1e-1001", "0e2147483648", "1E99999999999999999999"] {
        assert_eq!(text.parse::<Quantity>(), Err(QuantityError::Exponent), "{text}");
    }
    let error = "1 Ki".parse::<Quantity>().map_err(|error| error.to_string());
    assert_eq!(error, Err("ends with \" Ki\", which is no suffix of a quantity".to_owned()));
}

#[test]
fn amounts_are_compared_by_value() {
    let equal = [("1000m", "1"), ("1Ki", "1024"), ("1e3", "1k"), ("-0", "0Gi"), ("0.5Gi", "512Mi")];
    for (one, other) in equal {
        assert_eq!(read(one), read(other));
        assert_eq!(read(one).cmp(&read(other)), Ordering::Equal);
    }
    let rising =
        ["-1Ei", "-1", "-1n", "0", "1n", "1u", "1m", "999m", "1", "1k", "1Ki", "1e4", "1M", "1Mi", "1E", "1e99"];
    for pair in rising.windows(2) {
        assert!(read(pair[0]) < read(pair[1]), "{pair:?}");
    }
}

#[test]
fn a_sum_has_the_format_of_its_first_amount() {
    let sums = [
        ("1Ki", "1k", "2024"),
        ("1Ki", "3072", "4Ki"),
        ("1k", "1Ki", "2024"),
        ("2976", "1Ki", "4k"),
        ("0", "1024", "1024"),
        ("0", "1Ki", "1Ki"),
        ("0Ki", "1e3", "1e3"),
        ("1e3", "1k", "2e3"),
        ("1Ki", "1m", "1024001m"),
        ("2Ki", "-1048", "1k"),
        ("0.0005Ki", "2047.488", "2048"),
        ("500m", "0.5", "1"),
        ("-1", "1", "0"),
    ];
    for (one, other, sum) in sums {
        assert_eq!((read(one) + read(other)).to_string(), sum, "{one} + {other}");
        let mut amount = read(one);
        amount += read(other);
        assert_eq!(amount.to_string(), sum, "{one} += {other}");
    }
    assert_eq!((read("0") - read("1Mi")).to_string(), "-1Mi");
    assert_eq!((read("4Mi") - read("1024Ki")).to_string(), "3Mi");
    assert_eq!((read("1Ki") - read("1Ki") + read("1k")).to_string(), "1k");
    assert_eq!(["0", "1Gi", "1G"].map(read).into_iter().sum::<Quantity>().to_string(), "2073741824");
    assert_eq!([].into_iter().sum::<Quantity>(), Quantity::ZERO);
}

#[test]
fn signs_and_floating_point() {
    assert!(read("-1n").is_negative() && !read("-0").is_negative() && !read("1").is_negative());
    assert!(!read("1n").is_zero());
    let numbers = [("0", 0.0), ("100m", 0.1), ("-1.5", -1.5), ("3n", 3e-9), ("1Gi", 1_073_741_824.0), ("1e300", 1e300)];
    for (text, number) in numbers {
        assert!(read(text).as_f64().total_cmp(&number).is_eq(), "{text}");
    }
    assert!(read("-1e999").as_f64().total_cmp(&f64::NEG_INFINITY).is_eq());
}
