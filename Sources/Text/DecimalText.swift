/// Numbers as text: the shortest decimal that reads back as the same value.
package enum DecimalText {
  /// The shortest exact form, whole numbers without a fraction: `0.5`, `100`, `1e-08`, `nan`.
  package static func shortest(_ value: Double) -> String {
    let text = value.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// The shortest exact form without an exponent, for file names: `0.5`, `0.00001`.
  package static func plain(_ value: Double) -> String {
    let text = shortest(value)
    guard let mark = text.firstIndex(of: "e"), let exponent = Int(text[text.index(after: mark)...]) else {
      return text
    }
    return shifted(text[..<mark], by: exponent)
  }

  /// A fraction in per cent, as exact as the fraction itself: `99.95%` for 0.9995.
  package static func percent(_ fraction: Double) -> String {
    // The shift leaves zeros in front, as in 000.5.
    let digits = shifted(plain(fraction)[...], by: 2).drop { $0 == "0" }
    return (digits.first?.isNumber == true ? "" : "0") + digits + "%"
  }

  /// Whether a decimal says 0; one that is too small for a `Double` is read as 0 and says something else.
  package static func isZero(_ text: String) -> Bool {
    !text.prefix { $0 != "e" && $0 != "E" }.contains { $0.isNumber && $0 != "0" }
  }

  /// A decimal without an exponent, its point moved to the right.
  private static func shifted(_ text: Substring, by exponent: Int) -> String {
    let sign = text.hasPrefix("-") ? "-" : ""
    let mantissa = text.drop { $0 == "-" }
    let digits = mantissa.filter { $0 != "." }
    let point =
      (mantissa.firstIndex(of: ".").map { mantissa.distance(from: mantissa.startIndex, to: $0) }
        ?? mantissa.count) + exponent
    if point <= 0 {
      return sign + "0." + String(repeating: "0", count: -point) + digits
    }
    if point >= digits.count {
      return sign + digits + String(repeating: "0", count: point - digits.count)
    }
    return sign + digits.prefix(point) + "." + digits.dropFirst(point)
  }
}
