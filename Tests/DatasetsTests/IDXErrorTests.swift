import Datasets
import Foundation
import TestSupport
import Testing

/// Every way in which a file can be wrong, and the line that says so.
@Suite struct IDXErrorTests {
  /// What people are told to do.
  private enum Remedy: String {
    case download = "get it again with 'whittle data download mnist --directory "
    case own = "it is not of a set that can be downloaded, so check how it was made"
    case size = "mnist has images of this one size"
    case classes = "mnist has these classes only"
    case content = "give this name to the set's file of "
    case pairs = "take both files from the same set"
  }

  /// The error of a folder in which one file is replaced, without the path and the remedy, which must be there.
  private func problem(
    _ name: String, _ bytes: [UInt8], _ expected: Remedy = .own,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> String {
    let folder = try IDXFixture().folder(replacing: [name: bytes])
    let request = DatasetRequest(name: "mnist", directory: folder.path)
    let error = loadError(request) ?? "nothing is wrong"
    #expect(error.hasPrefix(folder(name) + ": "), sourceLocation: sourceLocation)
    #expect(!error.contains("\n"), sourceLocation: sourceLocation)
    let remedy = try #require(
      error.range(of: "; " + expected.rawValue), "\(error)", sourceLocation: sourceLocation)
    return String(error[..<remedy.lowerBound].dropFirst(folder(name).count + 2))
      .replacingOccurrences(of: folder.path + "/", with: "")
  }

  private let images = IDXFixture.images(20, base: 0)
  private let labels = IDXFixture.labels(20)

  @Test("A missing file, a missing folder and an unreadable file are named")
  func missing() throws {
    let folder = try IDXFixture().folder()
    try FileManager.default.removeItem(atPath: folder(IDXFixture.testLabels))
    let request = DatasetRequest(name: "mnist", directory: folder.path)
    #expect(
      loadError(request)
        == "\(folder.path): there is no t10k-labels-idx1-ubyte or t10k-labels-idx1-ubyte.gz in this folder; name "
        + "another folder, or get it again with 'whittle data download mnist --directory \(folder.path)'"
    )
    try FileManager.default.createDirectory(
      atPath: folder(IDXFixture.testLabels), withIntermediateDirectories: false)
    #expect(
      loadError(request)?.hasPrefix(
        "\(folder(IDXFixture.testLabels)): it is a folder without such a file in it; ") == true)
    let absent = DatasetRequest(name: "mnist", directory: folder("absent"))
    #expect(loadError(absent)?.contains("there is no train-images-idx3-ubyte") == true)
  }

  @Test("A file that is not IDX, or has the other kind of content, is not taken for one")
  func magic() throws {
    #expect(
      try problem(IDXFixture.trainImages, labels + images, .content)
        == "it is not an IDX file of images: it starts with 0x00000801, not 0x00000803")
    #expect(
      try problem(IDXFixture.testLabels, Array("<html>not found</html>".utf8), .download)
        == "it is not an IDX file of labels: it starts with 0x3c68746d, not 0x00000801")
    #expect(try problem(IDXFixture.trainImages, [], .download) == "it is empty")
    #expect(
      try problem(IDXFixture.trainImages, Array(images.prefix(15)), .download)
        == "it ends after 15 bytes, within its header")
  }

  @Test("Wrong sizes in the header are refused before any memory is taken for them")
  func sizes() throws {
    let body = images.dropFirst(16)
    #expect(
      try problem(IDXFixture.trainImages, IDXFixture.header(0x803, 10, 28, 56) + body, .size)
        == "its images have 28x56 pixels, not 28x28")
    #expect(
      try problem(IDXFixture.trainImages, IDXFixture.header(0x803, 0, 28, 28) + body)
        == "its header says 0x28x28, which is empty")
    let most = UInt32.max
    for huge in [IDXFixture.header(0x803, most, most, most), IDXFixture.header(0x803, most, 28, 28)] {
      for bytes in [huge + body, gzip(huge + body)] {
        let problem = try problem(IDXFixture.trainImages, bytes)
        #expect(problem.hasPrefix("its header says 4294967295x"))
        #expect(problem.hasSuffix(" bytes, more than the 1 GiB that is read of a file"))
      }
    }
    let large = IDXFixture.header(0x803, 1_000_000, 28, 28)
    for bytes in [large + body, gzip(large + body)] {
      #expect(
        try problem(IDXFixture.trainImages, bytes)
          == "it is truncated: its header says 1000000x28x28 bytes, more than a file of its size can hold")
    }
  }

  @Test("A file that ends too early or goes on is refused, also past the images that are used")
  func length() throws {
    let truncated = "it is truncated: its header says 20x28x28 bytes, but it ends before"
    let plain = Array(images.dropLast())
    #expect(
      try problem(IDXFixture.trainImages, plain)
        == "it is truncated: its header says 20x28x28 bytes, more than a file of its size can hold")
    #expect(try problem(IDXFixture.trainImages, gzip(plain)) == truncated)
    #expect(
      try problem(IDXFixture.trainImages, images + [0])
        == "it goes on after the 20x28x28 bytes that its header says")
    #expect(
      try problem(IDXFixture.trainLabels, labels + [0])
        == "it goes on after the 20 bytes that its header says")

    let folder = try IDXFixture().folder(replacing: [IDXFixture.trainImages: gzip(plain)])
    let few = DatasetRequest(name: "mnist", directory: folder.path, train: 1)
    #expect(loadError(few)?.contains(truncated) == true)
  }

  @Test("Damaged gzip data is told from truncated gzip data and from garbage after it")
  func damagedGzip() throws {
    let good = gzip(images)
    #expect(try problem(IDXFixture.trainImages, Array(good.dropLast(4))) == "its gzip data is truncated")
    #expect(
      try problem(IDXFixture.trainImages, Array(good.prefix(40)), .download) == "its gzip data is truncated")
    var flipped = good
    flipped[good.count - 6] ^= 0x10  // the checksum
    #expect(
      try problem(IDXFixture.trainImages, flipped) == "its gzip data is damaged (incorrect data check)")
    #expect(try problem(IDXFixture.trainImages, good + [1, 2, 3]).hasPrefix("its gzip data is damaged ("))
    #expect(
      try problem(IDXFixture.trainImages, good + gzip([7]))
        == "it goes on after the 20x28x28 bytes that its header says")
  }

  @Test("Labels that are not a class or do not match the images are refused")
  func badLabels() throws {
    var bad = labels
    bad[8 + 17] = 10
    #expect(try problem(IDXFixture.trainLabels, bad, .classes) == "label 17 is 10, but there are 10 classes")
    let folder = try IDXFixture().folder(replacing: [IDXFixture.trainLabels: bad])
    let few = DatasetRequest(name: "mnist", directory: folder.path, train: 5, validation: 5)
    #expect(loadError(few)?.contains("label 17 is 10") == true)
    #expect(
      try problem(IDXFixture.testLabels, IDXFixture.labels(11), .pairs)
        == "it holds 11 labels for the 12 images of t10k-images-idx3-ubyte")
  }
}
