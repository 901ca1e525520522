import Datasets
import Files
import TestSupport
import Testing

/// Protects what a study sees of arrays, and people from arrays that mean something else.
@Suite("NumPy data") struct NumpyDataTests {
  private let fixture: OwnDataFixture

  init() throws {
    fixture = try OwnDataFixture()
    try fixture.array("train_images.npy", "|u1", [4, 1, 2], [0, 1, 10, 11, 20, 21, 30, 31])
    try fixture.array("train_labels.npy", "<i8", [4], bytes([7, 9, 9, 7]))
    try fixture.array("test_images.npy", "|u1", [2, 1, 2], [40, 41, 50, 51])
    try fixture.array("test_labels.npy", "<i2", [2], bytes([Int16(9), 7]))
  }

  private func pairs(_ set: ImageSet) -> [UInt8: UInt8] {
    Dictionary(uniqueKeysWithValues: set.labels.enumerated().map { (set.images[$0 * 2], $1) })
  }

  @Test("bytes and labels of any type of whole numbers are read, and the labels counted as classes")
  func read() throws {
    let data = try fixture.load()
    #expect(try fixture.data().described().classNames == ["7", "9"])
    #expect(pairs(data.train) == [0: 0, 10: 1, 20: 1, 30: 0] && pairs(data.test) == [40: 1, 50: 0])
    // The classes' names take the place of numbers from 0 on.
    try fixture.array("train_labels.npy", "|u1", [4], [0, 1, 1, 0])
    try fixture.array("test_labels.npy", ">i4", [2, 1], [0, 0, 0, 1, 0, 0, 0, 0])
    try fixture.folder.write("cat\ndog\n", "classes.txt")
    #expect(try fixture.data().described().classNames == ["cat", "dog"])
    #expect(try pairs(fixture.load().test) == [40: 1, 50: 0])
  }

  @Test("floats keep their bits, and rows of features are measured one by one")
  func floats() throws {
    let values: [Float] = [0.1, 5, -0.25, 5, 1.5, 5, 1e-7, 5]
    for part in ["train", "test"] {
      try fixture.array("\(part)_images.npy", "<f4", [4, 2], bytes(values))
      try fixture.array("\(part)_labels.npy", "|u1", [4], [0, 1, 1, 0])
    }
    let data = try fixture.load()
    guard case .floats(let floats) = data.train.pixels else {
      Issue.record("floats are no bytes")
      return
    }
    #expect(floats.sorted() == values.sorted() && data.shape == ImageShape(channels: 2, height: 1, width: 1))
    let measured = data.train.statistics()
    #expect(abs(measured.mean[0] - 0.3375) < 1e-6 && measured.mean[1] == 5)
    // What never changes is divided by 1.
    #expect(measured.deviation[1] == 1)
    try fixture.array("train_images.npy", "<f4", [4, 2], bytes([0, 1, 2, .nan, 4, 5, 6, 7] as [Float]))
    #expect(
      fixture.problem().hasPrefix(
        "DIR/train_images.npy: image 1 has a value that is not a finite 32-bit number"))
  }

  @Test("an archive of everything is read, stored or compressed", arguments: [false, true])
  func archive(_ isDeflated: Bool) throws {
    func array(_ type: String, _ shape: [Int], _ content: [UInt8]) -> [UInt8] {
      NumpyFile.header(type, shape: shape) + content
    }
    let archive = ZipFixture.zip(
      [
        ("x_train.npy", array("|u1", [4, 1, 2], [0, 1, 10, 11, 20, 21, 30, 31])),
        ("y_train.npy", array("|u1", [4], [0, 1, 1, 0])),
        ("x_test.npy", array("|u1", [2, 1, 2], [40, 41, 50, 51])), ("y_test.npy", array("|u1", [2], [1, 0])),
      ], isDeflated: isDeflated)
    try fixture.folder.write(archive, "all.npz")
    let data = try fixture.load("all.npz")
    #expect(pairs(data.train) == [0: 0, 10: 1, 20: 1, 30: 0] && pairs(data.test) == [40: 1, 50: 0])
    var damaged = archive
    damaged[damaged.count / 3] ^= 0x55
    try fixture.folder.write(damaged, "all.npz")
    #expect(fixture.problem("all.npz").hasPrefix("DIR/all.npz"))
  }

  @Test("pickles are refused by name, and so is what has another meaning")
  func refused() throws {
    func problem(_ name: String, _ content: [UInt8]) throws -> String {
      try fixture.folder.write(content, name)
      defer { try? fixture.array("train_images.npy", "|u1", [4, 1, 2], [0, 1, 10, 11, 20, 21, 30, 31]) }
      return fixture.problem()
    }
    #expect(
      try problem("train_images.npy", [0x80, 4, 0x95, 1])
        == "DIR/train_images.npy: it is a Python pickle, which can run any program and is never loaded; save the array with "
        + "numpy.save")
    try fixture.folder.write([0x80, 4, 0x95, 1], "data.pkl")
    #expect(
      fixture.problem("data.pkl").hasPrefix("DIR/data.pkl: it is a Python pickle, which can run any program"))
    try fixture.folder.write(ZipFixture.zip([("archive/data.pkl", [0x80, 2])]), "weights.pt")
    #expect(
      fixture.problem("weights.pt").contains("it is a PyTorch file, a pickle, which can run any program"))
    #expect(
      try problem("train_images.npy", NumpyFile.header("|O", shape: [4]) + [0x80, 4]).contains(
        "Python objects as a pickle, which can run any program and is never loaded"))
    #expect(
      try problem(
        "train_images.npy", NumpyFile.header("|u1", shape: [4, 2, 2, 3]) + [UInt8](repeating: 0, count: 48)
      )
      .contains("its shape is [4, 2, 2, 3], which looks like [n, height, width, channels]"))
    #expect(
      try problem(
        "train_images.npy", NumpyFile.header("<i8", shape: [4, 2]) + bytes([Int](repeating: 0, count: 8))
      )
      .contains("its images are int64; save bytes from 0 to 255 with .astype('uint8')"))
    #expect(
      try problem("train_images.npy", NumpyFile.header("|u1", shape: [1 << 40, 1 << 40]) + [1])
        .contains("its header says 1099511627776x1099511627776 values of uint8, but 1 bytes follow"))
    try fixture.array("train_labels.npy", "|u1", [3], [0, 1, 1])
    #expect(
      fixture.problem()
        == "DIR/train_labels.npy: it holds 3 labels for the 4 images of DIR/train_images.npy; give one label for each image, [4]"
    )
    try fixture.array("train_labels.npy", "<f4", [4], bytes([0, 1, 1, 0] as [Float]))
    #expect(fixture.problem().contains("its labels are float32, but classes are whole numbers"))
    try fixture.array("train_labels.npy", "|u1", [4], [7, 8, 8, 7])
    #expect(
      fixture.problem()
        == "DIR/test_images.npy: the class \"9\" of 1 image is none of DIR/train_images.npy: 7, 8; give both the same classes"
    )
    try FileSystem.remove(fixture.folder("train_labels.npy"))
    #expect(
      fixture.problem()
        == "DIR/train_images.npy: there are no labels for its images; give them as an array train_labels")
  }
}
