import Datasets
import Foundation
import TestSupport
import Testing

/// What a folder of good files is read as.
@Suite struct IDXLoadingTests {
  @Test(
    "Plain, gzip and dotted file names give the same data", arguments: ["plain", "gzip", "dotted", "members"])
  func forms(_ form: String) throws {
    let folder = try TemporaryFolder()
    for (name, bytes) in IDXFixture().files {
      switch form {
      case "gzip": try folder.write(gzip(bytes), name + ".gz")
      case "dotted": try folder.write(bytes, name.replacing("-idx", with: ".idx"))
      case "members":
        try folder.write(gzip(Array(bytes[..<9])) + gzip(Array(bytes[9...])), name + ".gz")
      default: try folder.write(bytes, name)
      }
    }
    let data = try DatasetCatalog.load(DatasetRequest(name: "mnist", directory: folder.path))
    #expect(data.classes == 10)
    #expect(data.train.count == 20)
    #expect(data.shape == ImageShape(height: 28, width: 28))
    #expect(data.train.images == Array(IDXFixture.images(20, base: 0).dropFirst(16)))
    #expect(data.train.labels == (0..<20).map { $0 % 10 })
    #expect(data.test.images == Array(IDXFixture.images(12, base: 100).dropFirst(16)))
    #expect(data.validation == nil)
  }

  @Test(
    "What bears a file's name and cannot be it is passed over, and nothing waits for it",
    arguments: ["folder", "empty", "pipe"])
  func decoys(_ decoy: String) throws {
    let folder = try TemporaryFolder()
    for (name, bytes) in IDXFixture().files {
      switch decoy {
      case "folder":
        // As Kaggle unpacks them.
        try FileManager.default.createDirectory(
          atPath: folder(name), withIntermediateDirectories: false)
        try folder.write(bytes, name + "/" + name)
      case "empty":
        try folder.write([], name)
        try folder.write(gzip(bytes), name + ".gz")
      default:
        #expect(mkfifo(folder(name), 0o600) == 0)
        try folder.write(bytes, name.replacingOccurrences(of: "-idx", with: ".idx"))
      }
    }
    let data = try DatasetCatalog.load(DatasetRequest(name: "mnist", directory: folder.path))
    #expect(data.train.images == Array(IDXFixture.images(20, base: 0).dropFirst(16)))
    #expect(data.test.labels == (0..<12).map { $0 % 10 })
  }

  @Test("A pipe in place of a file is named, and nothing waits for a writer")
  func pipe() throws {
    let folder = try IDXFixture().folder()
    let path = folder(IDXFixture.trainImages)
    try FileManager.default.removeItem(atPath: path)
    #expect(mkfifo(path, 0o600) == 0)
    let error = loadError(DatasetRequest(name: "mnist", directory: folder.path))
    #expect(error?.hasPrefix("\(path): it is a pipe or a device, not a file; ") == true)
    let check = try DatasetCheck(directory: folder.path)
    #expect(check.entries.contains { $0.path == path && $0.size == nil })
  }

  @Test("Images are held out from the start, and training images counted after them")
  func splits() throws {
    let folder = try IDXFixture().folder()
    let data = try DatasetCatalog.load(
      DatasetRequest(name: "fashion-mnist", directory: folder.path, train: 4, test: 3, validation: 5))
    let validation = try #require(data.validation)
    #expect(validation.labels == [0, 1, 2, 3, 4])
    #expect(validation.images == (0..<5).flatMap { [UInt8](repeating: $0, count: 784) })
    #expect(data.train.labels == [5, 6, 7, 8])
    #expect(data.train.images == (5..<9).flatMap { [UInt8](repeating: $0, count: 784) })
    #expect(data.test.labels == [0, 1, 2])
    #expect(data.test.images == (100..<103).flatMap { [UInt8](repeating: $0, count: 784) })
    let rest = try DatasetCatalog.load(DatasetRequest(name: "mnist", directory: folder.path, validation: 5))
    #expect(rest.train.count == 15)
  }

  @Test("More images than there are, or none, are refused with the key to change")
  func counts() throws {
    let folder = try IDXFixture().folder()
    func error(train: Int? = nil, test: Int? = nil, validation: Int? = nil) -> String? {
      loadError(
        DatasetRequest(
          name: "mnist", directory: folder.path, train: train, test: test, validation: validation))
    }
    #expect(
      error(train: 21) == "dataset.train: 21 images asked for, but 'mnist' has 20 to train on; take fewer")
    #expect(
      error(train: 18, validation: 3)
        == "dataset.train: 18 images asked for, but 'mnist' has 17 to train on after the 3 held out by "
        + "dataset.validation; take fewer")
    #expect(error(test: 13) == "dataset.test: 13 images asked for, but 'mnist' has 12 to test on; take fewer")
    #expect(error(train: 0)?.hasPrefix("dataset.train: 0 is not a number of images") == true)
    #expect(error(train: -1)?.hasPrefix("dataset.train: -1 is not a number of images") == true)
    #expect(error(test: 0)?.hasPrefix("dataset.test: 0 is not a number of images") == true)
    #expect(error(validation: -1)?.hasPrefix("dataset.validation: -1 is not a number") == true)
    #expect(error(validation: 20)?.hasPrefix("dataset.validation: 20 images held out leave none") == true)
    #expect(error(validation: Int.max)?.hasPrefix("dataset.validation:") == true)
    #expect(error(train: Int.max, validation: 1)?.hasPrefix("dataset.train:") == true)
    #expect(error(train: 20, test: 12, validation: 0) == nil)
  }

  @Test("An unknown name lists the known ones, and a set of files asks for its folder")
  func names() {
    #expect(
      loadError(DatasetRequest(name: "mnits"))
        == "dataset.name: there is no data set 'mnits'; there are \(DatasetCatalog.names.joined(separator: ", "))"
    )
    #expect(
      loadError(DatasetRequest(name: "fashion-mnist"))
        == "dataset.directory: 'fashion-mnist' is read from files; name their folder, or get them with "
        + "'whittle data download fashion-mnist --directory DIR'")
  }

  @Test("The digest tells data apart by pixel, label and split")
  func digest() throws {
    let folder = try IDXFixture().folder()
    let data = try DatasetCatalog.load(DatasetRequest(name: "mnist", directory: folder.path))
    var pixel = data
    pixel.train.images[5] ^= 1
    var label = data
    label.test.labels[3] ^= 1
    let split = try DatasetCatalog.load(DatasetRequest(name: "mnist", directory: folder.path, validation: 1))
    let digests = [data, pixel, label, split].map { $0.contentDigest() }
    #expect(Set(digests).count == 4)
    #expect(digests.allSatisfy { $0.count == 64 })
    #expect(data.contentDigest() == digests[0])
  }

  @Test("Images of another public set are not taken for this one", .needs(.realData))
  func otherSet() throws {
    let real = try #require(RealData.folder)
    let folder = "\(real)/fashion-mnist"
    let error = try #require(loadError(DatasetRequest(name: "mnist", directory: folder, train: 1, test: 1)))
    #expect(error.hasPrefix("\(folder)/train-images-idx3-ubyte"))
    #expect(
      error.hasSuffix(
        ": it holds the images of fashion-mnist, not of mnist; name the data set fashion-mnist, or another folder"
      ))
    #expect(loadError(DatasetRequest(name: "fashion-mnist", directory: folder, train: 1, test: 1)) == nil)
  }

  @Test("The digest of the first images does not depend on those after them")
  func firstImages() throws {
    let folder = try IDXFixture().folder()
    let test = try DatasetCatalog.load(DatasetRequest(name: "mnist", directory: folder.path)).test
    #expect(test.prefix(5).contentDigest() == test.contentDigest(first: 5))
    #expect(test.contentDigest(first: 5) != test.contentDigest(first: 6))
    #expect(test.contentDigest(first: 100) == test.contentDigest())
  }

  @Test("The real MNIST is read whole", .needs(.realData))
  func realMNIST() throws {
    let folder = try #require(RealData.folder)
    let data = try DatasetCatalog.load(DatasetRequest(name: "mnist", directory: folder + "/mnist"))
    #expect(data.train.count == 60_000)
    #expect(data.test.count == 10_000)
    #expect(data.train.labels.prefix(5) == [5, 0, 4, 1, 9])
    #expect(data.test.labels.prefix(5) == [7, 2, 1, 0, 4])
  }
}
