import Datasets
import Files
import TestSupport
import Testing

/// What each entry of the list of data sets owes.
@Suite struct CatalogTests {
  @Test("Names are unique, shapes and counts are those of images, and a set that is read says where from")
  func entries() {
    #expect(Set(DatasetCatalog.names).count == DatasetCatalog.names.count)
    for set in DatasetCatalog.all {
      #expect(KnownDataset(rawValue: set.name) == set)
      #expect(
        set.shape.values > 0 && (2...256).contains(set.classes) && set.trainCount > 0 && set.testCount > 0)
      #expect(set.needsDirectory == (set.page != nil), "\(set.name)")
      #expect(set.published.map { $0.name == set.name && $0.files.map(\.name) == set.form.files } ?? true)
    }
  }

  @Test("The README's table has a row for each, as the list has it")
  func readme() throws {
    let text = String(decoding: try FileSystem.read(Repository.root + "/README.md"), as: UTF8.self)
    for set in DatasetCatalog.all {
      #expect(text.contains(row(set)), "\(row(set))")
    }
  }

  private func row(_ set: KnownDataset) -> String {
    let source = set.published != nil ? "`data download`" : set.needsDirectory ? "its page" : "built in"
    return
      "| `\(set.name)` | \(set.summary) | \(set.shape) | \(set.classes) | \(set.trainCount) | \(set.testCount) | "
      + "\(source) |"
  }

  @Test("EMNIST's images are turned upright, and its letters counted from 0")
  func emnist() throws {
    let folder = try TemporaryFolder()
    try FileSystem.createFolder(folder("gzip"))
    // A row of ink at the top of each image, which its file has as a column.
    var image = [UInt8](repeating: 0, count: 784)
    for row in 0..<28 { image[row * 28] = UInt8(100 + row) }
    for part in ["train", "test"] {
      try folder.write(
        gzip(IDXFixture.header(0x803, 26, 28, 28) + (0..<26).flatMap { _ in image }),
        "gzip/emnist-letters-\(part)-images-idx3-ubyte.gz")
      try folder.write(
        gzip(IDXFixture.header(0x801, 26) + (1...26).map { UInt8($0) }),
        "gzip/emnist-letters-\(part)-labels-idx1-ubyte.gz")
    }
    let data = try DatasetCatalog.load(DatasetRequest(name: "emnist-letters", directory: folder.path))
    #expect(data.classes == 26 && data.train.labels == Array(0..<26))
    let upright = [UInt8](100..<128) + [UInt8](repeating: 0, count: 27 * 28)
    #expect(Array(data.test.images.prefix(784)) == upright)
    try folder.write(
      IDXFixture.header(0x801, 26) + (0...25).map { UInt8($0) }, "emnist-letters-train-labels-idx1-ubyte")
    #expect(
      loadError(DatasetRequest(name: "emnist-letters", directory: folder.path))?.contains(
        "label 0 is 0, but there are 26 classes, labelled 1 to 26; ") == true)
  }

  @Test(
    "CIFAR-10 of real images is read whole, and its check says that a study can train on it",
    .needs(.realData),
    .needs(.python("PIL")))
  func realCIFAR() throws {
    let folder = try TemporaryFolder()
    let unpacked = try Python.run(try #require(RealData.folder) + "/cifar10/unpack", folder.path)
    try #require(unpacked.exitCode == 0, "\(unpacked.errors)")
    let data = try DatasetCatalog.load(DatasetRequest(name: "cifar-10", directory: folder.path))
    #expect(data.train.count == 50_000 && data.test.count == 10_000 && data.shape.values == 3072)
    for set in [data.train, data.test] {
      let counts = Dictionary(grouping: set.labels) { $0 }.mapValues(\.count)
      #expect(Set(counts.values) == [set.count / 10] && counts.count == 10)
    }
    let check = try DatasetCheck(directory: folder.path)
    #expect(check.groups.count == 1 && check.groups.allSatisfy(\.isSound))
  }
}
