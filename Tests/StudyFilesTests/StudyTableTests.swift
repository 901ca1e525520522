import Configs
import Files
import StudyFiles
import TestSupport
import Testing
import Text

/// Protects the tables that reports and other programs read.
@Suite("Tables of a study")
struct StudyTableTests {
  @Test("metrics.csv starts with the promised columns, and survives exactly")
  func metrics() throws {
    let folder = try TemporaryFolder()
    let rows = [
      MetricsRow(
        epoch: 1, trainLoss: 0.1 + 0.2, trainAccuracy: 1, testAccuracy: 0.9712, nnz: 2_384_000, seconds: 4.25,
        imagesPerSecond: 12345.678, testLoss: 1e-7),
      MetricsRow(
        epoch: 2, trainLoss: .infinity, trainAccuracy: 0, testAccuracy: 0.1, nnz: 0, seconds: 0,
        imagesPerSecond: 0, testLoss: -.infinity),
    ]
    try MetricsRow.write(rows, to: folder("metrics.csv"))
    #expect(
      String(decoding: try FileSystem.read(folder("metrics.csv")), as: UTF8.self)
        == "epoch,train_loss,train_accuracy,test_accuracy,nnz,seconds,images_per_second,test_loss\n"
        + "1,0.30000000000000004,1,0.9712,2384000,4.25,12345.678,1e-07\n2,inf,0,0.1,0,0,0,-inf\n")
    #expect(try MetricsRow.read(folder("metrics.csv")) == rows)
  }

  private static let summary = [
    SummaryRow(
      strategy: .neuron, sparsity: 0.9999, seed: .max, trainAccuracy: 0.99, testAccuracy: 0.98, nnz: 10,
      params: 100, macs: 10, compressionRatio: 10, theoreticalSpeedup: 9.5, seconds: 1.5,
      note: "layer 2, \"collapsed\"", control: .shuffledMask, device: "GPU, driver 1"),
    SummaryRow(
      strategy: .weight, sparsity: 0, seed: 1, trainAccuracy: .nan, testAccuracy: .nan, nnz: 1, params: 1,
      macs: 1, compressionRatio: 1, theoreticalSpeedup: 1, seconds: 0, status: .failed,
      criterion: CriterionName(rawValue: "random") ?? .standard,
      scope: ScopeName(rawValue: "global") ?? .standard),
  ]

  @Test("summary.csv starts with the promised columns, and survives exactly")
  func summary() throws {
    let folder = try TemporaryFolder()
    try SummaryRow.write(Self.summary, to: folder("s.csv"))
    let text = String(decoding: try FileSystem.read(folder("s.csv")), as: UTF8.self)
    #expect(
      text
        == "strategy,sparsity,seed,train_accuracy,test_accuracy,nnz,params,macs,compression_ratio,"
        + "theoretical_speedup,seconds,status,note,criterion,scope,control,device\n"
        + "neuron,0.9999,18446744073709551615,0.99,0.98,10,100,10,10,9.5,1.5,finished,"
        + "\"layer 2, \"\"collapsed\"\"\",magnitude,layer,shuffled_mask,\"GPU, driver 1\"\nweight,0,1,nan,nan,1,1,1,1,1,0,failed,,random,global,,\n"
    )
    let rows = try SummaryRow.read(folder("s.csv"))
    #expect(rows[0] == Self.summary[0])
    #expect(rows[1].trainAccuracy.isNaN && rows[1].status == .failed && rows[1].note == "")
    #expect(rows[1].criterion.rawValue == "random" && rows[1].scope.rawValue == "global")
    #expect(rows[0].members.map(\.column) == SummaryRow.columns)
    // A table from before there were criteria, scopes and controls is read as one of those that there were.
    let old = text.replacing(",criterion,scope,control,device", with: "")
      .replacing(",magnitude,layer,shuffled_mask,\"GPU, driver 1\"", with: "")
      .replacing(",random,global,,", with: "")
    try AtomicFile.write(old, to: folder("old.csv"))
    #expect(try SummaryRow.read(folder("old.csv")).map(\.scope.rawValue) == ["layer", "layer"])
    #expect(try SummaryRow.read(folder("old.csv")).allSatisfy { $0.control == nil && $0.device == "" })
    try AtomicFile.write(text.replacing("random", with: "rnd"), to: folder("s.csv"))
    #expect(message { try SummaryRow.read(folder("s.csv")) }.hasSuffix("line 3: unknown criterion \"rnd\""))
    try AtomicFile.write(text.replacing("shuffled", with: "shuffled "), to: folder("s.csv"))
    #expect(
      message { try SummaryRow.read(folder("s.csv")) }.hasSuffix("line 2: unknown control \"shuffled _mask\"")
    )
  }

  @Test("summary.json holds the same rows and what is known about the study")
  func summaryJSON() throws {
    let folder = try TemporaryFolder()
    let info = JSONObject([("device", .string("d")), ("seeds", .array([.number("1")]))])
    try SummaryRow.writeJSON(Self.summary, info: info, to: folder("s.json"))
    #expect(try SummaryRow.readInfo(folder("s.json")) == info)
    let text = String(decoding: try FileSystem.read(folder("s.json")), as: UTF8.self)
    #expect(text.contains(#""test_accuracy": 0.98"#) && text.contains(#""test_accuracy": null"#))
  }

  @Test(
    "a damaged table is a clear line",
    arguments: [
      ("", "the file is empty"), ("epoch\n1\n", "has no column train_loss"),
      ("epoch,epoch\n", "the column epoch is there twice"),
      (
        "epoch,train_loss,train_accuracy,test_accuracy,nnz,seconds,images_per_second,test_loss\nx,1,1,1,1,1,1,1\n",
        "line 2: epoch is \"x\""
      ),
    ])
  func damaged(text: String, expected: String) throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write(text, to: folder("m.csv"))
    let line = message { try MetricsRow.read(folder("m.csv")) }
    #expect(line.hasPrefix(folder("m.csv")) && line.hasSuffix(expected), "\(line)")
  }

  @Test("columns of a later version are read")
  func later() throws {
    let folder = try TemporaryFolder()
    let row = MetricsRow(
      epoch: 1, trainLoss: 1, trainAccuracy: 1, testAccuracy: 1, nnz: 1, seconds: 1, imagesPerSecond: 1,
      testLoss: 1)
    try AtomicFile.write(
      "later,\(MetricsRow.columns.joined(separator: ","))\nx,1,1,1,1,1,1,1,1\n", to: folder("m.csv"))
    #expect(try MetricsRow.read(folder("m.csv")) == [row])
  }
}
