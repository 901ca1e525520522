/// Several studies as tables for the terminal: all their networks in one, and what each study reaches at what the first one
/// takes.
package struct ComparisonTable: Sendable {
  private let comparison: Comparison

  package init(_ comparison: Comparison) {
    self.comparison = comparison
  }

  /// The tables in lines of at most `width` cells.
  package func text(width: Int) -> String {
    let equal = comparison.quantities.map { quantity in
      "\n\(Format.lines(heading(quantity), width: width))\n\(atEqual(quantity).text(width: width))"
    }
    return networks.text(width: width) + equal.joined()
  }

  /// A row for each sparsity of each curve.
  private var networks: TextTable {
    let measured = comparison.curves.contains { curve in
      curve.groups.contains { $0.spread(\.trainStepSeconds) != nil }
    }
    var titles = ["study", "sparsity", "test acc.", "parameters", "multiply-adds"]
    if measured { titles += ["step, ms", "inference, ms"] }
    titles.append("seeds")
    var table = TextTable(
      titles, alignments: [.leading] + Array(repeating: .trailing, count: titles.count - 1))
    for curve in comparison.curves {
      for group in curve.groups {
        var cells = [
          curve.label, Format.sparsity(group.sparsity), Format.accuracy(group.spread(\.testAccuracy)),
          Format.count(group.spread(\.nnz)?.mean), Format.count(group.spread(\.multiplied)?.mean),
        ]
        if measured {
          cells += [
            Format.milliseconds(group.spread(\.trainStepSeconds)?.mean),
            Format.milliseconds(group.spread(\.inferenceSeconds)?.mean),
          ]
        }
        cells.append(String(group.finished.count))
        table.append(cells)
      }
    }
    return table
  }

  private func heading(_ quantity: ComparedQuantity) -> String {
    guard quantity != .sparsity else { return "Test accuracy at equal sparsity:" }
    return
      "The best test accuracy with at most the \(quantity.words) of \(reference.label), and that network's sparsity:"
  }

  /// A row for each level, a column for each curve.
  private func atEqual(_ quantity: ComparedQuantity) -> TextTable {
    let titles = [quantity.title] + comparison.curves.map(\.label)
    var table = TextTable(
      titles, alignments: Array(repeating: .trailing, count: titles.count))
    for level in levels(quantity) {
      table.append(
        [quantity.text(level)]
          + comparison.curves.map { text($0.best(quantity, within: level), quantity) })
    }
    return table
  }

  private func text(_ group: RunGroup?, _ quantity: ComparedQuantity) -> String {
    let accuracy = Format.accuracy(group?.spread(\.testAccuracy))
    guard let group, quantity != .sparsity else { return accuracy }
    return "\(accuracy) (\(Format.sparsity(group.sparsity)))"
  }

  /// The curve whose networks the others are measured by.
  private var reference: Comparison.Curve { comparison.curves[0] }

  /// What the reference's networks take, from the most to the least; of sparsities, those that several curves have.
  private func levels(_ quantity: ComparedQuantity) -> [Double] {
    guard quantity != .sparsity else {
      let all = comparison.curves.flatMap { $0.groups.map(\.sparsity) }
      return Set(all.filter { level in all.count { $0 == level } > 1 }).sorted()
    }
    let values = reference.groups.compactMap { $0.spread(quantity.value)?.mean }
    return Set(values.filter { $0 > 0 }).sorted(by: >)
  }
}
