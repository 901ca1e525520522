import Datasets
import Files
import TestSupport
import Testing

/// Protects what a study sees of pictures in class folders, and people from pictures that would spoil it.
@Suite("Folders of images") struct ImageFolderTests {
  private let fixture: OwnDataFixture

  init() throws {
    fixture = try OwnDataFixture()
    for index in 0..<4 {
      try fixture.image("train/cat/\(index).png", [UInt8](repeating: UInt8(10 + index), count: 4))
      try fixture.image("train/dog/\(index).png", [UInt8](repeating: UInt8(200 + index), count: 4))
    }
    try fixture.image("test/cat/a.png", [1, 2, 3, 4])
    try fixture.image("test/dog/b.png", [5, 6, 7, 8])
  }

  @Test("every image is read under its folder's name, in an order that the seed draws")
  func read() throws {
    let data = try fixture.load()
    #expect(data.classes == 2 && data.shape == ImageShape(height: 2, width: 2))
    #expect(try fixture.data().described().classNames == ["cat", "dog"])
    for (image, label) in data.train.labels.enumerated() {
      #expect((data.train.images[image * 4] >= 200) == (label == 1))
    }
    #expect(Set(data.train.images) == Set((10..<14).map { UInt8($0) } + (200..<204).map { UInt8($0) }))
    #expect(Set(data.test.images) == Set((1...8).map { UInt8($0) }))
    #expect(try fixture.load().contentDigest() == data.contentDigest())
    #expect(try fixture.load { $0.splitSeed = 2 }.contentDigest() != data.contentDigest())
  }

  @Test("without a test set a share of each class is held out, and no image is in both parts")
  func split() throws {
    try FileSystem.remove(fixture.folder("test"))
    #expect(
      fixture.problem()
        == "DIR: there is no data to test on; give it, or hold some out with dataset.test_fraction, as in 0.2"
    )
    let data = try fixture.load { $0.testFraction = 0.25 }
    #expect(data.test.labels.sorted() == [0, 1] && data.train.labels.sorted() == [0, 0, 0, 1, 1, 1])
    #expect(Set(data.train.images).isDisjoint(with: data.test.images))
    #expect(Set(data.train.images + data.test.images).count == 8)
  }

  @Test("pictures are grey or coloured, and scaled, as the shape says")
  func shapes() throws {
    let coloured = try fixture.load { $0.shape = ImageShape(channels: 3, height: 2, width: 2) }
    #expect(coloured.test.count == 2)
    for image in 0..<2 {
      let channels = (0..<3).map { Array(coloured.test.images[(image * 12 + $0 * 4)...].prefix(4)) }
      #expect(channels[0] == channels[1] && channels[1] == channels[2])
    }
    // The mean of all four, and three of each pixel's corner.
    let small = try fixture.load { $0.shape = ImageShape(height: 1, width: 1) }
    #expect(Set(small.test.images) == [3, 7])
    // Pure colours become grey by their weights.
    try fixture.image("rgb/a/1.png", [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255])
    try fixture.image("rgb/b/1.png", [UInt8](repeating: 0, count: 12))
    try fixture.image("rgb/a/2.png", [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255])
    try fixture.image("rgb/b/2.png", [UInt8](repeating: 0, count: 12))
    let grey = try fixture.load("rgb") {
      $0.testFraction = 0.5
      $0.shape = ImageShape(height: 2, width: 2)
    }
    let one = try #require(grey.train.labels.firstIndex(of: 0))
    #expect(Array(grey.train.images[(one * 4)...].prefix(4)) == [76, 150, 29, 255])
  }

  @Test("what cannot be read is named, or left out and counted")
  func unreadable() throws {
    try fixture.folder.write("no picture", "train/cat/broken.png")
    #expect(
      fixture.problem()
        == "DIR/train/cat/broken.png: it is no PNG or JPEG image, but text; replace or remove it, or leave such files out "
        + "with --skip-unreadable")
    let data = try fixture.load { $0.skipsUnreadable = true }
    #expect(data.train.count == 8)
    #expect(
      data.warnings.count == 1
        && data.warnings[0].hasPrefix("1 train image is left out, which cannot be read; "))
    let whole = PNGFixture.png([1, 2, 3, 4], width: 2, height: 2)
    try fixture.folder.write(Array(whole.dropLast(20)), "train/cat/broken.png")
    #expect(fixture.problem().hasPrefix("DIR/train/cat/broken.png: the PNG image cannot be read: "))
    var bomb = PNGFixture.header(width: 60_000, height: 60_000, colourType: 2, depth: 8, isInterlaced: true)
    bomb += PNGFixture.chunk("IDAT", [1, 2, 3])
    try fixture.folder.write(bomb, "train/cat/broken.png")
    #expect(fixture.problem().contains("it has 60000x60000 pixels, more than the 33 million that are read"))
  }

  @Test("pictures of several sizes, and parts of other classes, are refused")
  func refused() throws {
    try fixture.image("train/dog/wide.png", [1, 2, 3, 4, 5, 6], width: 3)
    #expect(
      fixture.problem()
        == "DIR/train/dog/wide.png: it has 2x3 values, but DIR/train/cat/0.png has 2x2; give the dataset.shape that all are to "
        + "be scaled to")
    try fixture.image("train/emu/1.png", [1, 2, 3, 4])
    #expect(
      fixture.problem()
        == "DIR/test: there is no class \"emu\" in it, but in DIR/train there is; training and test need the same classes; make "
        + "an empty folder where one has no images")
    try FileSystem.createFolder(fixture.folder("test/emu"))
    #expect(try fixture.load { $0.shape = ImageShape(height: 2, width: 2) }.classes == 3)
  }
}
