import Foundation
import Text

/// Numbers as the tables, plots and pages show them.
package enum Format {
  /// A strategy's word in a sentence: the field writes N:M, which no file's name can have.
  package static func strategy(_ name: String) -> String { name == "n_m" ? "N:M" : name }

  /// A fraction as a percentage with as few digits as it needs, so that no two sparsities look alike: `99.95%`.
  package static func sparsity(_ fraction: Double) -> String {
    guard fraction.isFinite else { return "–" }
    return DecimalText.percent(fraction)
  }

  /// An accuracy as a percentage with two decimals: `98.45%`.
  package static func accuracy(_ fraction: Double?) -> String {
    guard let fraction, fraction.isFinite else { return "–" }
    return String(format: "%.2f%%", fraction * 100)
  }

  /// Mean and, over several seeds, deviation of an accuracy: `98.45 ± 0.07%`.
  package static func accuracy(_ spread: Spread?) -> String {
    guard let spread else { return "–" }
    guard let deviation = spread.deviation else { return accuracy(spread.mean) }
    return String(format: "%.2f ± %.2f%%", spread.mean * 100, deviation * 100)
  }

  /// A count with thousands separated: `1,234,567`.
  package static func count(_ value: Double?) -> String {
    guard let value, value.isFinite, abs(value) < 1e18 else { return "–" }
    let digits = String(Int(value.rounded().magnitude))
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return value.rounded() < 0 ? "-" + text : text
  }

  /// A ratio: `1.33×`, `10.0×`, `104×`.
  package static func ratio(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "–" }
    let format = value < 9.995 ? "%.2f×" : value < 99.95 ? "%.1f×" : "%.0f×"
    return String(format: format, value)
  }

  /// A mean ratio with its deviation: `4.10 ± 0.12×`.
  package static func ratio(_ spread: Spread) -> String {
    guard let deviation = spread.deviation else { return ratio(spread.mean) }
    return "\(ratio(spread.mean).dropLast()) ± \(ratio(deviation))"
  }

  /// A difference of accuracies in percentage points, signed: `−0.34`.
  package static func points(_ difference: Double?) -> String {
    guard let difference, difference.isFinite else { return "–" }
    let text = String(format: "%.2f", abs(difference) * 100)
    return text == "0.00" ? text : (difference < 0 ? "−" : "+") + text
  }

  /// How layers are held, in one word where it is the same for all: `sparse sparse dense`, `compacted`. Of many layers, how
  /// many in turn: `20 sparse, 1 dense`.
  package static func layerFormats(_ words: [String]) -> String {
    if Set(words).count == 1 { return words[0] }
    guard words.count > 8 else { return words.joined(separator: " ") }
    var turns: [(word: String, count: Int)] = []
    for word in words {
      if turns.last?.word == word { turns[turns.count - 1].count += 1 } else { turns.append((word, 1)) }
    }
    return turns.map { "\($0.count) \($0.word)" }.joined(separator: ", ")
  }

  /// A network's widths: `784-300-100-10`. Of many, the first and the last, and how many: `3072-16-16-…-64-10 (23)`.
  package static func widths(_ widths: [Int]) -> String {
    func joined(_ some: some Sequence<Int>) -> String { some.map(String.init).joined(separator: "-") }
    guard widths.count > 9 else { return joined(widths) }
    return "\(joined(widths.prefix(3)))-…-\(joined(widths.suffix(2))) (\(widths.count))"
  }

  /// A difference of two outputs, of which only the size matters: `1.2e-06`, and `0` where there is none.
  package static func difference(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "–" }
    return value == 0 ? "0" : String(format: "%.1e", value)
  }

  /// Seconds with about three digits: `0.0123`, `4.56`, `1234`.
  package static func seconds(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "–" }
    let format = value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : value >= 1 ? "%.2f" : "%.3g"
    return String(format: format, value)
  }

  /// A mean with its deviation in the same style as `seconds`.
  package static func seconds(_ spread: Spread?) -> String {
    guard let spread else { return "–" }
    guard let deviation = spread.deviation else { return seconds(spread.mean) }
    return "\(seconds(spread.mean)) ± \(seconds(deviation))"
  }

  /// Seconds as milliseconds, with about three digits: `0.526`, `4.10`.
  package static func milliseconds(_ seconds: Double?) -> String { self.seconds(seconds.map { $0 * 1e3 }) }

  /// A length of time for people: `1 h 4 min`, `3 min 20 s`, `4.6 s`.
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e12 else { return "–" }
    if seconds < 59.95 { return String(format: "%.1f s", seconds) }
    let whole = Int(seconds.rounded())
    return whole < 3600
      ? "\(whole / 60) min \(whole % 60) s" : "\(whole / 3600) h \(whole % 3600 / 60) min"
  }

  /// Bytes in decimal units: `9.54 MB`.
  package static func bytes(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "–" }
    let units = ["B", "kB", "MB", "GB", "TB"]
    var amount = value
    var unit = 0
    while abs(amount) >= 999.5, unit < units.count - 1 {
      amount /= 1000
      unit += 1
    }
    return unit == 0 ? "\(count(amount)) B" : String(format: "%.3g \(units[unit])", amount)
  }

  /// A number in thousands, millions or billions where it is large: `20k`, `1M`.
  package static func compact(_ value: Double) -> String {
    for (size, letter) in [(1e9, "G"), (1e6, "M"), (1e3, "k")] where value >= size * 0.9995 {
      return String(format: "%.3g", value / size) + letter
    }
    return String(format: "%.3g", value)
  }

  /// `text` in lines of at most `width` cells, as far as its words allow, each with its end.
  package static func lines(_ text: String, width: Int) -> String {
    var lines: [String] = [""]
    for word in text.split(whereSeparator: \.isWhitespace) {
      let line = lines[lines.count - 1]
      if line.isEmpty {
        lines[lines.count - 1] = String(word)
      } else if TextTable.width(line) + 1 + TextTable.width(String(word)) <= width {
        lines[lines.count - 1] += " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// A number with as few digits as it needs.
  package static func number(_ value: Double) -> String {
    String(format: "%.10g", value)
  }
}
