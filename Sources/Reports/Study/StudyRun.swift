import Files
import StudyFiles

/// What tells one run of a study from another.
package struct RunKey: Hashable, Sendable {
  /// What is pruned; of a control also which: `weight (shuffled mask)`.
  package let strategy: String
  /// 0...1.
  package let sparsity: Double
  package let seed: UInt64

  /// - Parameter control: as the study's files spell it; nil or empty for a pruned run itself.
  package init(strategy: String, sparsity: Double, seed: UInt64, control: String? = nil) {
    let control = control?.replacing("_", with: " ") ?? ""
    self.strategy = control.isEmpty ? strategy : "\(strategy) (\(control))"
    self.sparsity = sparsity
    self.seed = seed
  }

  /// For people: `weight 99.5%, seed 2`.
  package var name: String { "\(strategy) \(Format.sparsity(sparsity)), seed \(seed)" }
}

/// One row of `metrics.csv`.
package struct EpochMetrics: Sendable {
  package let epoch: Int
  package let trainLoss: Double?
  package let trainAccuracy: Double?
  package let testAccuracy: Double?
  package let nnz: Double?
  package let seconds: Double?
}

/// One run of a study, as its files tell it.
package struct StudyRun: Sendable {
  /// How far a run got.
  package enum State: Sendable, Equatable {
    case finished
    /// It has trained so many epochs, and is to go on.
    case unfinished(epochs: Int)
    /// It ended early, for the reason that its status names.
    case stopped(String)
  }

  package let key: RunKey
  package let state: State
  package let metrics: [EpochMetrics]
  /// The summary's row, every column of it.
  package let summary: CSVRow?

  /// Fractions 0...1; the summary's, or else the last epoch's.
  package let trainAccuracy: Double?
  package let testAccuracy: Double?
  package let nnz: Double?
  package let params: Double?
  package let macs: Double?
  package let compressionRatio: Double?
  package let theoreticalSpeedup: Double?
  /// Seconds of training; nil for a run that was pruned and not trained again.
  package let seconds: Double?
  /// What `measurements.csv` tells; nil where the study was not measured.
  package let trainStepSeconds: Double?
  package let trainSpeedup: Double?
  package let inferenceSpeedup: Double?
  package let inferenceSeconds: Double?
  package let deviceBytes: Double?
  package let diskBytes: Double?
  package let maxLogitDifference: Double?
  /// How each layer was held when it was measured.
  package let formats: [String]
  package let note: String?
  /// The device that it was trained on, and that which its finished network was measured on; nil where no file tells.
  package let device: String?
  package let measuringDevice: String?
  /// Which classes were taken for which; nil where the study was not measured.
  package let confusion: ConfusionFile?

  package var isFinished: Bool { state == .finished }

  /// Weights that are multiplied for one image: the survivors that are left once dead units are removed.
  package var multiplied: Double? {
    guard let macs, let theoreticalSpeedup else { return nil }
    // A network that is cut through: its speedup has no bound, which the table writes as nan.
    guard theoreticalSpeedup.isFinite else { return 0 }
    return (macs / theoreticalSpeedup).rounded()
  }

  package init(
    key: RunKey, summary: CSVRow?, measurement: CSVRow? = nil, metrics: [EpochMetrics],
    confusion: ConfusionFile? = nil, expectedEpochs: Int?
  ) throws {
    self.key = key
    self.summary = summary
    self.metrics = metrics
    self.confusion = confusion
    let last = metrics.last
    trainAccuracy = try summary?.number("train_accuracy") ?? last?.trainAccuracy
    testAccuracy = try summary?.number("test_accuracy") ?? last?.testAccuracy
    nnz = try summary?.number("nnz") ?? last?.nnz
    params = try summary?.number("params")
    macs = try summary?.number("macs")
    compressionRatio = try summary?.number("compression_ratio")
    theoreticalSpeedup = try summary?.number("theoretical_speedup")
    let spent = try summary?.number("seconds") ?? metrics.compactMap(\.seconds).reduce(0, +)
    seconds = spent > 0 ? spent : nil
    trainStepSeconds = try measurement?.number("train_step_seconds")
    trainSpeedup = try measurement?.number("train_speedup")
    inferenceSpeedup = try measurement?.number("inference_speedup")
    inferenceSeconds = try measurement?.number("inference_seconds")
    deviceBytes = try measurement?.number("device_bytes")
    diskBytes = try measurement?.number("disk_bytes")
    maxLogitDifference = try measurement?.number("max_logit_difference")
    formats = (measurement?.text("formats") ?? "").split(separator: " ").map(String.init)
    note = summary?.text("note")
    device = summary?.text("device")
    measuringDevice = measurement?.text("device")
    state = Self.state(
      status: summary?.text("status"), hasSummary: summary != nil, test: testAccuracy,
      epochs: last?.epoch ?? 0, expected: expectedEpochs)
  }

  private static func state(
    status: String?, hasSummary: Bool, test: Double?, epochs: Int, expected: Int?
  ) -> State {
    if let status, status != SummaryRow.Status.finished.rawValue { return .stopped(status) }
    if hasSummary {
      // A row without a usable result is a run that went wrong, whatever its status says.
      return test?.isFinite == true ? .finished : .stopped("no accuracy")
    }
    if let expected, epochs >= expected, epochs > 0 {
      return test?.isFinite == true ? .finished : .stopped("no accuracy")
    }
    return .unfinished(epochs: epochs)
  }
}
