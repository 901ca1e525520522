import Files
import Text

/// What is known about a run after one epoch: a line of `metrics.csv`.
///
/// `seconds` and `imagesPerSecond` are measured; everything else is the same whenever the study is repeated on the
/// same device.
package struct MetricsRow: Equatable, Sendable {
  /// Counted from 1.
  package var epoch: Int
  /// The mean cross-entropy of the epoch's images, each batch before its update.
  package var trainLoss: Double
  /// 0...1, of the same predictions.
  package var trainAccuracy: Double
  /// 0...1, after the epoch.
  package var testAccuracy: Double
  /// Surviving weights, counted on the device.
  package var nnz: Int
  package var seconds: Double
  package var imagesPerSecond: Double
  package var testLoss: Double

  package init(
    epoch: Int, trainLoss: Double, trainAccuracy: Double, testAccuracy: Double, nnz: Int, seconds: Double,
    imagesPerSecond: Double, testLoss: Double
  ) {
    self.epoch = epoch
    self.trainLoss = trainLoss
    self.trainAccuracy = trainAccuracy
    self.testAccuracy = testAccuracy
    self.nnz = nnz
    self.seconds = seconds
    self.imagesPerSecond = imagesPerSecond
    self.testLoss = testLoss
  }

  package static let columns = [
    "epoch", "train_loss", "train_accuracy", "test_accuracy", "nnz", "seconds", "images_per_second",
    "test_loss",
  ]

  private var cells: [String] {
    [
      String(epoch), DecimalText.shortest(trainLoss), DecimalText.shortest(trainAccuracy),
      DecimalText.shortest(testAccuracy), String(nnz), DecimalText.shortest(seconds),
      DecimalText.shortest(imagesPerSecond), DecimalText.shortest(testLoss),
    ]
  }

  /// Writes `metrics.csv`, atomically.
  ///
  /// - Throws: `FileError`.
  package static func write(_ rows: [MetricsRow], to path: String) throws {
    try AtomicFile.write(CSVTable.text(columns: columns, rows: rows.map(\.cells)), to: path)
  }

  /// Reads `metrics.csv`; columns that this version does not know are skipped.
  ///
  /// - Throws: `FileError`; `FileFormatError`.
  package static func read(_ path: String) throws -> [MetricsRow] {
    try CSVTable.read(path, needing: columns).rows.map { row in
      MetricsRow(
        epoch: try row.value("epoch"), trainLoss: try row.value("train_loss"),
        trainAccuracy: try row.value("train_accuracy"), testAccuracy: try row.value("test_accuracy"),
        nnz: try row.value("nnz"), seconds: try row.value("seconds"),
        imagesPerSecond: try row.value("images_per_second"), testLoss: try row.value("test_loss"))
    }
  }
}
