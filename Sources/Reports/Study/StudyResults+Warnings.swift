extension StudyResults {
  /// What a reader must know of the results, in sentences; empty for a finished study whose networks all learnt.
  package var warnings: [String] {
    var lines = notes
    let missing = missing
    if !missing.isEmpty {
      let known = Set(runs.map(\.key))
      let begun = missing.count(where: known.contains)
      lines.append(
        "This study is unfinished: \(planned.count - missing.count) of \(planned.count) runs are done, "
          + "\(begun) have begun. What there is, is shown.")
    } else if config == nil {
      let open = runs.filter { !$0.isFinished && $0.stoppedReason == nil }
      if !open.isEmpty { lines.append("This study is unfinished: \(open.count) runs have not ended.") }
    }
    if let mixture = mixture({ $0.device }) {
      lines.append("Trained on different devices, which round differently: \(mixture).")
    }
    if let mixture = mixture({ $0.measuringDevice }) {
      lines.append("Measured on different devices, whose times do not compare: \(mixture).")
    }
    let stopped = runs.filter { $0.stoppedReason != nil }
    if !stopped.isEmpty {
      let names = stopped.map { "\($0.key.name) (\($0.stoppedReason ?? ""))" }
      lines.append("Stopped early and left out of the means: \(Self.listed(names)).")
    }
    let guessing = guessing
    if !guessing.isEmpty {
      let names = guessing.map { "\($0.key.name) (\(Format.accuracy($0.testAccuracy)))" }
      lines.append("No better than guessing: \(Self.listed(names)).")
    }
    return lines
  }

  /// So many runs are named in a sentence; the tables have all.
  private static let namedRuns = 12

  private static func listed(_ names: [String]) -> String {
    let more = names.count > namedRuns ? ["\(names.count - namedRuns) more"] : []
    return (names.prefix(namedRuns) + more).joined(separator: "; ")
  }

  /// How many runs were on which device, where that was not the same for all that tell.
  private func mixture(_ device: (StudyRun) -> String?) -> String? {
    let runs = Dictionary(grouping: runs.compactMap(device)) { $0 }
    guard runs.count > 1 else { return nil }
    return runs.sorted { $0.key < $1.key }.map { "\($0.key) (\($0.value.count) runs)" }.joined(
      separator: "; ")
  }

  /// Finished runs that only guess.
  private var guessing: [StudyRun] {
    runs.filter { run in run.isFinished && (run.testAccuracy.map(isGuess) ?? false) }
  }

  /// Whether a test accuracy may be that of someone who always says the same class: a quarter more than the classes' mean
  /// share, since they are not equally frequent, and three standard deviations of so many test images.
  func isGuess(_ accuracy: Double) -> Bool {
    guard let classes, classes > 1 else { return false }
    let share = 1 / classes
    let chance = testImages.map { 3 * (share * (1 - share) / Double(max($0, 1))).squareRoot() } ?? 0
    return accuracy < 1.25 * share + chance
  }

  /// The last width; of a list of layers, the outputs of the last layer that has outputs of its own.
  private var classes: Double? {
    let layers = config?["model.layers"]?.array
    return layers?.last?.number ?? layers?.last { $0["outputs"] != nil }?["outputs"]?.number
  }
}
