import Datasets
import Reports

extension DataDescription {
  /// What the data holds, for people.
  var text: String {
    var facts = TextTable(["", ""], alignments: [.leading, .leading])
    facts.append(["format", format])
    let values = Format.count(Double(shape.values))
    facts.append([
      "an image",
      (shape.isFlat ? "\(values) features" : "\(shape) = \(values) values")
        + (areBytes ? ", bytes" : ", 32-bit floats"),
    ])
    facts.append(["classes", "\(classes.count)"])
    for part in parts {
      facts.append([part.name, "\(Format.count(Double(part.images))) images in \(part.path)"])
      let (low, high) = (part.range.lowerBound, part.range.upperBound)
      let repeated = part.repeated == 0 ? "none" : Format.count(Double(part.repeated))
      facts.append([
        "",
        "values \(Format.number(Double(low))) to \(Format.number(Double(high))), repeated images: \(repeated)",
      ])
    }
    facts.append([statistics.mean.count > 3 ? "means" : "mean", Self.numbers(statistics.mean)])
    facts.append([statistics.mean.count > 3 ? "deviations" : "deviation", Self.numbers(statistics.deviation)])
    if parts.count > 1 {
      facts.append([
        "in both",
        shared == 0
          ? "no image"
          : "\(Format.count(Double(shared))) test images are trained on, too"
            + (contradicting == 0 ? "" : ", \(contradicting) of them with another label"),
      ])
    } else {
      facts.append(["test", "none; a study holds some out with dataset.test_fraction"])
    }
    let body = facts.text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(2)
    var table = TextTable(
      ["class", "name"] + parts.map(\.name), alignments: [.trailing, .leading] + parts.map { _ in .trailing })
    for (label, name) in classes.enumerated() {
      table.append(["\(label)", name] + parts.map { Format.count(Double($0.perClass[label])) })
    }
    return body.joined(separator: "\n") + "\n" + table.text
  }

  /// At most the first three, of as many channels.
  private static func numbers(_ numbers: [Double]) -> String {
    let shown = numbers.prefix(3).map { Format.number(($0 * 1e4).rounded() / 1e4) }.joined(separator: ", ")
    return numbers.count > 3 ? "\(shown) and \(numbers.count - 3) more" : shown
  }
}
