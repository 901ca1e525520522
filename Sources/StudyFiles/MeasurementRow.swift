import Configs
import Files
import Text

/// What a finished run's network was measured to cost: a line of `measurements.csv`.
///
/// Apart from `summary.csv`, since times differ whenever they are taken.
package struct MeasurementRow: Equatable, Sendable {
  package var run: RunName
  /// Seconds of a training step with a full batch, the median.
  package var trainStepSeconds: Double
  /// The dense network's seconds over these.
  package var trainSpeedup: Double
  /// Seconds of all test images, the median.
  package var inferenceSeconds: Double
  /// The dense network's seconds over these.
  package var inferenceSpeedup: Double
  /// Bytes of weights, moments, masks and structure on the device.
  package var deviceBytes: Int
  /// The same of the dense network.
  package var deviceBytesDense: Int
  /// Bytes of the file that `whittle compress` writes.
  package var diskBytes: Int
  /// Bytes of `model.safetensors`.
  package var diskBytesDense: Int
  /// The largest difference of an output on the test images between the form measured and the masked dense network.
  package var maxLogitDifference: Double
  /// How each layer was held, as in `compacted+sparse sparse dense`.
  package var formats: String
  /// The device that it was measured on, with its driver; empty where that is not known.
  package var device: String

  package init(
    run: RunName, trainStepSeconds: Double, trainSpeedup: Double, inferenceSeconds: Double,
    inferenceSpeedup: Double, deviceBytes: Int, deviceBytesDense: Int, diskBytes: Int, diskBytesDense: Int,
    maxLogitDifference: Double, formats: String,
    device: String = ""
  ) {
    self.run = run
    self.trainStepSeconds = trainStepSeconds
    self.trainSpeedup = trainSpeedup
    self.inferenceSeconds = inferenceSeconds
    self.inferenceSpeedup = inferenceSpeedup
    self.deviceBytes = deviceBytes
    self.deviceBytesDense = deviceBytesDense
    self.diskBytes = diskBytes
    self.diskBytesDense = diskBytesDense
    self.maxLogitDifference = maxLogitDifference
    self.formats = formats
    self.device = device
  }

  /// The columns that there always were.
  private static let firstColumns = [
    "strategy", "sparsity", "seed", "train_step_seconds", "train_speedup", "inference_seconds",
    "inference_speedup", "device_bytes", "device_bytes_dense", "disk_bytes", "disk_bytes_dense",
    "max_logit_difference", "formats",
  ]

  package static let columns = firstColumns + ["control", "device"]

  private var cells: [String] {
    let numbers = [trainStepSeconds, trainSpeedup, inferenceSeconds, inferenceSpeedup]
    let bytes = [deviceBytes, deviceBytesDense, diskBytes, diskBytesDense]
    return [run.strategy.rawValue, run.sparsityText, "\(run.seed)"] + numbers.map { "\($0)" }
      + bytes.map { "\($0)" } + ["\(maxLogitDifference)", formats, run.controlText, device]
  }

  /// Writes `measurements.csv`, atomically.
  ///
  /// - Throws: `FileError`.
  package static func write(_ rows: [MeasurementRow], to path: String) throws {
    try AtomicFile.write(CSVTable.text(columns: columns, rows: rows.map(\.cells)), to: path)
  }

  /// Reads `measurements.csv`; columns that this version does not know are skipped.
  ///
  /// - Throws: `FileError`; `FileFormatError`.
  package static func read(_ path: String) throws -> [MeasurementRow] {
    try CSVTable.read(path, needing: firstColumns).rows.map { row in
      let strategy: String = try row.value("strategy")
      guard let strategy = PruningConfig.Strategy(rawValue: strategy) else {
        throw row.problem("unknown strategy \"\(Excerpt.of(strategy))\"")
      }
      return MeasurementRow(
        run: RunName(
          strategy: strategy, sparsity: try row.value("sparsity"), seed: try row.value("seed"),
          control: try row.control()),
        trainStepSeconds: try row.value("train_step_seconds"),
        trainSpeedup: try row.value("train_speedup"),
        inferenceSeconds: try row.value("inference_seconds"),
        inferenceSpeedup: try row.value("inference_speedup"), deviceBytes: try row.value("device_bytes"),
        deviceBytesDense: try row.value("device_bytes_dense"), diskBytes: try row.value("disk_bytes"),
        diskBytesDense: try row.value("disk_bytes_dense"),
        maxLogitDifference: try row.value("max_logit_difference"), formats: try row.value("formats"),
        device: row.text("device") ?? "")
    }
  }
}
