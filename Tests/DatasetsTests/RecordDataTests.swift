import Datasets
import Files
import TestSupport
import Testing

/// Protects IDX and CIFAR files of any size, and what each format owes.
@Suite("Formats of data of one's own") struct RecordDataTests {
  private let fixture: OwnDataFixture

  init() throws { fixture = try OwnDataFixture() }

  @Test("IDX files of any size, plain or gzip, are read with their labels")
  func idx() throws {
    try fixture.folder.write(
      gzip(IDXFixture.header(0x804, 3, 2, 1, 2) + (0..<12).map { UInt8($0) }), "train-images-idx4-ubyte.gz")
    try fixture.folder.write(IDXFixture.header(0x801, 3) + [5, 6, 5], "train-labels-idx1-ubyte")
    try fixture.folder.write(
      IDXFixture.header(0x804, 1, 2, 1, 2) + [90, 91, 92, 93], "t10k-images-idx4-ubyte")
    try fixture.folder.write(IDXFixture.header(0x801, 1) + [6], "t10k-labels-idx1-ubyte")
    let data = try fixture.load()
    #expect(data.shape == ImageShape(channels: 2, height: 1, width: 2) && data.classes == 2)
    #expect(data.test.images == [90, 91, 92, 93] && data.test.labels == [1])
    let second = try #require(data.train.labels.firstIndex(of: 1))
    #expect(Array(data.train.images[(second * 4)...].prefix(4)) == [4, 5, 6, 7])
    try fixture.folder.write(IDXFixture.header(0x801, 2) + [5, 6], "train-labels-idx1-ubyte")
    #expect(
      fixture.problem().contains("it holds 2 labels for the 3 images of DIR/train-images-idx4-ubyte.gz"))
  }

  @Test("CIFAR's files of any size are read, of two labels the fine one, under the names that come with them")
  func cifar() throws {
    func record(_ fine: UInt8, _ start: UInt8) -> [UInt8] { [9, fine] + (0..<12).map { start + $0 } }
    try fixture.folder.write(record(1, 10) + record(0, 40), "train.bin")
    try fixture.folder.write(record(1, 70), "test.bin")
    try fixture.folder.write("apple\nbee\n\n", "fine_label_names.txt")
    let data = try fixture.load { $0.shape = ImageShape(channels: 3, height: 2, width: 2) }
    #expect(
      try fixture.data { $0.shape = ImageShape(channels: 3, height: 2, width: 2) }.described().classNames == [
        "apple", "bee",
      ])
    #expect(data.test.images == (70..<82).map { UInt8($0) } && data.test.labels == [1])
    #expect(
      fixture.problem()
        == "DIR/train.bin: its 28 bytes are no whole number of records of a label and an image of 3x32x32; say with "
        + "dataset.shape what images it holds")
  }

  @Test("Names are unique and no data set's, and the README's table has a row for each")
  func list() throws {
    let text = try FileSystem.readText(Repository.root + "/README.md")
    for format in DataFormats.all {
      #expect(DataFormats.named(format.name) != nil && KnownDataset(rawValue: format.name) == nil)
      #expect(
        text.contains("| `\(format.name)` | \(format.summary) |"), "| `\(format.name)` | \(format.summary) |")
    }
    #expect(Set(DataFormats.all.map { $0.name }).count == DataFormats.all.count)
  }

  @Test("where no format is found, all are said")
  func nothing() throws {
    try fixture.folder.write([1, 2, 3], "notes.bin2")
    #expect(
      fixture.problem().hasPrefix(
        "DIR: no data is found in it: neither folders of images (images), nor arrays as train_images.npy"))
    #expect(fixture.problem("absent") == "DIR/absent: there is nothing at this path; check the path")
  }
}
