import StudyFiles

/// What becomes of networks that fall short by little.
extension ShrinkSearch {
  /// Trains a network that falls short by little for longer and longer, until it is within the drop, or gains too little to
  /// come there.
  func settled(_ row: ShrinkRow, epochs: Int) throws -> ShrinkRow {
    var row = row
    for round in 1...3 where isNear(row, epochs) {
      guard let next = try longer(row, epochs: 2 * epochs * round) else { break }
      let (gained, lacking) = (row.drop - next.drop, next.drop + next.dropError - settings.maximumDrop)
      row = next
      if gained < lacking / 2 { break }
    }
    return row
  }

  /// By how much more than the drop a network may fall short to be worth a longer training: by the more, the fewer epochs the time
  /// allowed for it.
  package static func margin(maximumDrop: Double, epochs: Int) -> Double {
    min(2 * maximumDrop, 0.02) * (Double(maximumEpochs) / Double(epochs)).squareRoot()
  }

  /// Whether a network is not within the drop, but falls short by so little that it may be when it is trained for longer.
  private func isNear(_ row: ShrinkRow, _ epochs: Int) -> Bool {
    !row.isWithin && row.kind != "uniform"
      && row.drop - settings.maximumDrop < Self.margin(maximumDrop: settings.maximumDrop, epochs: epochs)
      && best.map { metric(row) < 0.97 * metric($0) } ?? true
      && !rows.contains { $0.kind == "longer" && $0.parent == row.name }
  }

  /// Trains a network on, for as many epochs as there is time for.
  ///
  /// - Returns: nil where there is no time for a single one.
  private func longer(_ row: ShrinkRow, epochs: Int) throws -> ShrinkRow? {
    let epoch = row.stepSeconds * Double(trainer.stepsPerEpoch)
    let own = Int(min(Double(epochs), remaining / max(epoch, 1e-6)))
    guard own > 0 else { return nil }
    return try attempt("\(row.name)-longer", "longer", parent: row, epochs: own) {
      try trainer.train(model(row), nil, epochs: own)
    }
  }

  /// Trains those on that are better than the best and fell short by little, the nearest first.
  func trainLonger(epochs: Int) throws {
    for round in 1...3 {
      let open = rows.filter { isNear($0, epochs) }.sorted { $0.drop < $1.drop }
      guard remaining > 0, !open.isEmpty else { return }
      for row in open.prefix(3) where remaining > 0 && isNear(row, epochs) {
        _ = try longer(row, epochs: 2 * epochs * round)
      }
    }
  }
}
