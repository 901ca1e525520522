import Files

/// A network that `whittle shrink` tried, measured: a line of `candidates.csv`.
package struct ShrinkRow: Equatable, Sendable {
  /// Its name, also that of its file in `models/`.
  package var name: String
  /// What was done: `original`, `units`, `weights`, `longer` or `uniform`.
  package var kind: String
  /// The network that it was made from; empty for the original.
  package var parent: String
  /// Share of the held-out images whose class it finds.
  package var accuracy: Double
  /// How much less that is than of the original, a fraction; and the standard error of that difference.
  package var drop: Double
  package var dropError: Double
  /// Whether the drop, its standard error added, is within what is allowed.
  package var isWithin: Bool
  /// Seconds of the held-out images, the least of several times.
  package var inferenceSeconds: Double
  /// Seconds of a training step.
  package var stepSeconds: Double
  /// Bytes of its file, without what is pruned.
  package var diskBytes: Int
  /// Multiply-adds for an image.
  package var macs: Int
  /// Entries that survive.
  package var survivors: Int
  /// Training steps that led to it, those of its parents included.
  package var steps: Int
  /// Seconds that it took to make and measure.
  package var seconds: Double
  /// Its widths, for people.
  package var widths: String

  package init(
    name: String, kind: String, parent: String, accuracy: Double, drop: Double, dropError: Double,
    isWithin: Bool,
    inferenceSeconds: Double, stepSeconds: Double, diskBytes: Int, macs: Int, survivors: Int, steps: Int,
    seconds: Double, widths: String
  ) {
    (self.name, self.kind, self.parent) = (name, kind, parent)
    (self.accuracy, self.drop, self.dropError, self.isWithin) = (accuracy, drop, dropError, isWithin)
    (self.inferenceSeconds, self.stepSeconds) = (inferenceSeconds, stepSeconds)
    (self.diskBytes, self.macs, self.survivors) = (diskBytes, macs, survivors)
    (self.steps, self.seconds, self.widths) = (steps, seconds, widths)
  }

  package static let columns = [
    "name", "kind", "parent", "held_out_accuracy", "drop", "drop_error", "within", "inference_seconds",
    "step_seconds", "disk_bytes", "macs", "survivors", "steps", "seconds", "widths",
  ]

  private var cells: [String] {
    [name, kind, parent, "\(accuracy)", "\(drop)", "\(dropError)", "\(isWithin)", "\(inferenceSeconds)"]
      + ["\(stepSeconds)", "\(diskBytes)", "\(macs)", "\(survivors)", "\(steps)", "\(seconds)", widths]
  }

  /// Writes `candidates.csv`, atomically.
  ///
  /// - Throws: `FileError`.
  package static func write(_ rows: [ShrinkRow], to path: String) throws {
    try AtomicFile.write(CSVTable.text(columns: columns, rows: rows.map(\.cells)), to: path)
  }

  /// Reads `candidates.csv`.
  ///
  /// - Throws: `FileError`; `FileFormatError`.
  package static func read(_ path: String) throws -> [ShrinkRow] {
    try CSVTable.read(path, needing: columns).rows.map { row in
      ShrinkRow(
        name: try row.value("name"), kind: try row.value("kind"), parent: row.text("parent") ?? "",
        accuracy: try row.value("held_out_accuracy"), drop: try row.value("drop"),
        dropError: try row.value("drop_error"), isWithin: try row.value("within"),
        inferenceSeconds: try row.value("inference_seconds"), stepSeconds: try row.value("step_seconds"),
        diskBytes: try row.value("disk_bytes"), macs: try row.value("macs"),
        survivors: try row.value("survivors"),
        steps: try row.value("steps"), seconds: try row.value("seconds"), widths: try row.value("widths"))
    }
  }
}
