import Datasets
import Foundation
import TestSupport
import Testing

/// What `whittle data check` is told about a folder.
@Suite struct DatasetCheckTests {
  @Test("Each file is missing, unfinished, unknown or unreadable")
  func states() throws {
    let folder = try IDXFixture().folder()
    try FileManager.default.removeItem(atPath: folder(IDXFixture.testImages))
    try FileManager.default.removeItem(atPath: folder(IDXFixture.testLabels))
    try folder.write([1], IDXFixture.testLabels + ".gz.part")
    try folder.write(Array(gzip(IDXFixture.labels(20)).dropLast()), IDXFixture.trainLabels)
    let check = try DatasetCheck(directory: folder.path)
    #expect(check.groups.map(\.completeSet) == [nil])
    #expect(
      check.entries.map(\.name) == [
        IDXFixture.trainImages, IDXFixture.trainLabels, IDXFixture.testImages, IDXFixture.testLabels,
      ])
    guard case .unknown(let digest) = check.entries[0].state else {
      Issue.record("\(check.entries[0].state)")
      return
    }
    #expect(digest.count == 64)
    #expect(check.entries[0].size == 16 + 20 * 784)
    #expect(
      check.entries[1].state
        == .unreadable(
          "\(folder(IDXFixture.trainLabels)): its gzip data is truncated; get it again with "
            + "'whittle data download'"))
    #expect(check.entries[2].state == .missing(unfinished: false))
    #expect(check.entries[3].state == .missing(unfinished: true))
  }

  @Test("A folder of nothing is told from one whose files can be trained on, and from one whose files cannot")
  func soundness() throws {
    let empty = try TemporaryFolder()
    #expect(try DatasetCheck(directory: empty.path).groups.isEmpty)
    let good = try IDXFixture().folder()
    let own = try DatasetCheck(directory: good.path).groups
    #expect(own.map(\.isSound) == [true] && own.map(\.completeSet) == [nil])
    let short = Array(IDXFixture.images(20, base: 0).dropLast())
    let folder = try IDXFixture().folder(replacing: [IDXFixture.trainImages: short])
    let truncated = try DatasetCheck(directory: folder.path).groups
    #expect(truncated.map(\.isSound) == [false])
    #expect(
      truncated.first?.problem?.hasPrefix(folder(IDXFixture.trainImages) + ": it is truncated: ") == true)
  }

  @Test("A folder that is not there is an error")
  func noFolder() {
    #expect(throws: DatasetError.self) { try DatasetCheck(directory: "/nowhere/at/all") }
  }

  @Test(
    "The real sets are recognised by their checksums",
    .needs(.realData), arguments: ["mnist", "fashion-mnist"])
  func real(_ name: String) throws {
    let folder = try #require(RealData.folder)
    let check = try DatasetCheck(directory: "\(folder)/\(name)")
    #expect(check.groups.map(\.completeSet) == [name])
    let published = try #require(KnownDataset(rawValue: name)?.published)
    #expect(check.entries.map(\.size) == published.files.map(\.size))
  }

  @Test(
    "A folder of one set is not overwritten by another",
    .needs(.realData))
  func otherSet() throws {
    let real = try #require(RealData.folder)
    let folder = try TemporaryFolder()
    let labels = IDXFixture.trainLabels + ".gz"
    try FileManager.default.copyItem(atPath: "\(real)/fashion-mnist/\(labels)", toPath: folder(labels))
    var mnist = try #require(KnownDataset.mnist.published)
    mnist.files = mnist.files.filter { $0.name == IDXFixture.trainLabels }
    let error = #expect(throws: DownloadError.self) {
      try DatasetDownload(set: mnist, directory: folder.path).run { _ in }
    }
    #expect(
      error?.description
        == "\(folder.path): it holds train-labels-idx1-ubyte of fashion-mnist, which has the same name in mnist; "
        + "choose another folder")
  }
}
