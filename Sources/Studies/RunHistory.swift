import Configs
import Files
import GraphExec
import StudyFiles

/// The numbers of a run, epoch by epoch, and the running sums that they are made of.
struct RunHistory: Equatable {
  private(set) var rows: [MetricsRow] = []
  private var train = Sums()
  private var test = Sums()

  private struct Sums: Equatable {
    var correct = 0
    var images = 0

    /// Adds an epoch and returns the accuracy to report: the epoch's own, or that over all epochs so far.
    mutating func add(_ totals: EpochTotals, _ kind: MetricsConfig.Accuracy) -> Double {
      correct += totals.correct
      images += totals.images
      return kind == .epoch ? totals.accuracy : Double(correct) / Double(max(images, 1))
    }
  }

  /// Adds an epoch and returns its row.
  mutating func add(
    train trainTotals: EpochTotals, test testTotals: EpochTotals, nnz: Int, seconds: Double,
    accuracy kind: MetricsConfig.Accuracy
  ) -> MetricsRow {
    let row = MetricsRow(
      epoch: rows.count + 1, trainLoss: trainTotals.meanLoss, trainAccuracy: train.add(trainTotals, kind),
      testAccuracy: test.add(testTotals, kind), nnz: nnz, seconds: seconds,
      imagesPerSecond: seconds > 0 ? Double(trainTotals.images) / seconds : 0, testLoss: testTotals.meanLoss)
    rows.append(row)
    return row
  }

  /// Seconds of training in all epochs.
  var seconds: Double { rows.reduce(0) { $0 + $1.seconds } }
}

extension RunHistory {
  private static let columns = 7

  /// The history as a checkpoint holds it.
  func store(in file: inout SafetensorsFile) {
    var bits: [Int64] = []
    for row in rows {
      bits += [
        row.trainLoss, row.trainAccuracy, row.testAccuracy, Double(row.nnz), row.seconds, row.imagesPerSecond,
        row.testLoss,
      ].map { Int64(bitPattern: $0.bitPattern) }
    }
    file.tensors["history"] = StoredTensor(bits, shape: [rows.count, Self.columns])
    storeSums(in: &file)
  }

  /// The running sums, which the rows do not tell.
  func storeSums(in file: inout SafetensorsFile) {
    let sums = [train.correct, train.images, test.correct, test.images].map(Int64.init)
    file.tensors["history.sums"] = StoredTensor(sums)
  }

  /// Rows that were read elsewhere, with the sums that `storeSums(in:)` wrote.
  init(_ rows: [MetricsRow], sumsFrom file: SafetensorsFile) throws {
    self.rows = rows
    let sums: [Int64] = try file.values("history.sums", shape: [4])
    train = Sums(correct: Int(sums[0]), images: Int(sums[1]))
    test = Sums(correct: Int(sums[2]), images: Int(sums[3]))
  }

  /// Reads what `store(in:)` wrote.
  init(from file: SafetensorsFile) throws {
    let bits: [Int64] = try file.values("history")
    guard bits.count % Self.columns == 0 else {
      throw FileFormatError(file.path, "the history is incomplete")
    }
    let values = bits.map { Double(bitPattern: UInt64(bitPattern: $0)) }
    let rows = stride(from: 0, to: values.count, by: Self.columns).map { at in
      MetricsRow(
        epoch: at / Self.columns + 1, trainLoss: values[at], trainAccuracy: values[at + 1],
        testAccuracy: values[at + 2], nnz: Int(values[at + 3]), seconds: values[at + 4],
        imagesPerSecond: values[at + 5], testLoss: values[at + 6])
    }
    try self.init(rows, sumsFrom: file)
  }
}
