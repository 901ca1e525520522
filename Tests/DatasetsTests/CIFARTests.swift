import Datasets
import Foundation
import TestSupport
import Testing

/// What a folder of CIFAR's binary files is read as, and every way in which it can be wrong.
@Suite struct CIFARTests {
  private func load(
    _ folder: TemporaryFolder, train: Int? = nil, test: Int? = nil, validation: Int? = nil
  ) throws -> Dataset {
    try CIFARFixture.set().load(
      DatasetRequest(
        name: "cifar-10", directory: folder.path, train: train, test: test, validation: validation))
  }

  /// The error of a folder in which some files are replaced, without the folder's path.
  private func problem(_ replacing: [String: [UInt8]?]) throws -> String {
    let folder = try CIFARFixture.folder(replacing)
    do {
      _ = try load(folder, train: 1, test: 1)
      return "nothing is wrong"
    } catch {
      let line = String(describing: error)
      #expect(!line.contains("\n"))
      return line.replacingOccurrences(of: folder.path + "/", with: "")
        .replacingOccurrences(of: folder.path, with: "FOLDER")
        .replacingOccurrences(of: "; get it again from https://example.org/cifar", with: "")
    }
  }

  @Test(
    "Images come in the files' order, plane by plane, from the folder or the archive's own, plain or gzip")
  func forms() throws {
    let packed = try TemporaryFolder()
    for file in CIFARFixture.files { try packed.write(gzip(file.bytes), file.name + ".gz") }
    let within = try CIFARFixture.folder(within: "cifar-10-batches-bin")
    for folder in [try CIFARFixture.folder(), within, packed] {
      let data = try load(folder)
      #expect(data.shape == CIFARFixture.shape && data.classes == 10 && data.validation == nil)
      #expect(data.train.labels == (0..<100).map(CIFARFixture.label))
      #expect(data.train.images == (0..<100).flatMap(CIFARFixture.image))
      #expect(data.test.labels == (100..<120).map(CIFARFixture.label))
      #expect(data.test.images == (100..<120).flatMap(CIFARFixture.image))
    }
  }

  @Test("Parts are cut across the files, as the request says")
  func splits() throws {
    let data = try load(try CIFARFixture.folder(), train: 31, test: 3, validation: 25)
    #expect(data.validation?.images == (0..<25).flatMap(CIFARFixture.image))
    #expect(data.train.images == (25..<56).flatMap(CIFARFixture.image))
    #expect(data.train.labels == (25..<56).map(CIFARFixture.label))
    #expect(data.test.labels == (100..<103).map(CIFARFixture.label))
    #expect(throws: DatasetError.self) { try load(try CIFARFixture.folder(), train: 101) }
    #expect(throws: DatasetError.self) { try load(try CIFARFixture.folder(), test: 21) }
  }

  @Test("A file that is missing, truncated or too long is refused, plain or gzip, whatever is taken of it")
  func sizes() throws {
    let name = "data_batch_3.bin"
    let bytes = CIFARFixture.bytes(2)
    let whole = "but such a file has 1220: 20 images of 3x4x5, a label before each"
    #expect(
      try problem([name: nil as [UInt8]?])
        == "FOLDER: there is no data_batch_3.bin in this folder; name another folder, or get it again from "
        + "https://example.org/cifar")
    for short in [Array(bytes.dropLast()), gzip(Array(bytes.dropLast()))] {
      #expect(try problem([name: short]) == "\(name): it is truncated: it ends after 1219 bytes, \(whole)")
    }
    #expect(
      try problem([name: Array(bytes.prefix(610))])
        == "\(name): it is truncated: it ends after 610 bytes, \(whole)")
    #expect(try problem([name: bytes + [0]]) == "\(name): it goes on after 1220 bytes, \(whole)")
    #expect(try problem([name: []]) == "\(name): it is empty")
  }

  @Test("A label that is no class, or training images to test on, are refused")
  func content() throws {
    var bad = CIFARFixture.bytes(5)
    bad[61 * 7] = 10
    #expect(
      try problem(["test_batch.bin": bad])
        == "test_batch.bin: the label of image 7 is 10, but there are 10 classes")
    #expect(
      try problem(["test_batch.bin": CIFARFixture.bytes(1)])
        == "test_batch.bin: it holds the same images as data_batch_2.bin; put the set's own file in its place"
    )
  }

  @Test("A colour set's digest depends on its channels; a grey one's is what it was before there were others")
  func digest() {
    func digest(_ shape: ImageShape) -> String {
      ImageSet(name: "test", images: [1, 2, 3, 4, 5, 6], labels: [0], shape: shape).contentDigest()
    }
    #expect(digest(ImageShape(channels: 3, height: 1, width: 2)) != digest(ImageShape(height: 3, width: 2)))
    let header: [Int64] = [1, 3, 2]
    let bytes = header.flatMap { value in withUnsafeBytes(of: value.littleEndian) { Array($0) } }
    #expect(digest(ImageShape(height: 3, width: 2)) == sha256(bytes + [1, 2, 3, 4, 5, 6] + [0]))
  }
}
