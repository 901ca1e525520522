import Datasets
import Testing

/// The numbers by which images are normalized.
@Suite struct NormalizationTests {
  @Test("Mean and deviation are those of each channel over all images, exactly")
  func channels() {
    let shape = ImageShape(channels: 3, height: 1, width: 2)
    let set = ImageSet(
      name: "train", images: [0, 255, 10, 10, 1, 3, 255, 0, 10, 10, 5, 7], labels: [0, 1], shape: shape)
    let found = Normalization(of: set)
    #expect(found.mean == [0.5, Float(10.0 / 255), Float(4.0 / 255)])
    // A channel of one value throughout would be divided by zero.
    #expect(found.deviation == [0.5, 1, Float(5.0.squareRoot() / 255)])
  }

  @Test("No sum loses a bit in images as many and as bright as any set has")
  func exactness() {
    let shape = ImageShape(height: 1000, width: 1000)
    var bytes = [UInt8](repeating: 255, count: 20_000_000)
    bytes[12_345_678] = 254
    let found = Normalization(
      of: ImageSet(name: "train", images: bytes, labels: .init(repeating: 0, count: 20), shape: shape))
    let share = 1 / 20_000_000.0
    #expect(found.mean == [Float(1 - share / 255)])
    #expect(found.deviation == [Float((share * (1 - share)).squareRoot() / 255)])
  }

  @Test("A request takes them from the images trained on, or brings its own, one for each channel")
  func requests() throws {
    func load(_ normalization: RequestedNormalization) throws -> Dataset {
      try DatasetCatalog.load(
        DatasetRequest(
          name: "synthetic-digits", train: 30, test: 10, validation: 10, normalization: normalization))
    }
    #expect(try load(.none).normalization == nil)
    let data = try load(.ofTrainingImages)
    #expect(data.normalization == Normalization(of: data.train))
    #expect(data.normalization != Normalization(of: data.test))
    let given = Normalization(mean: [0.25], deviation: [0.5])
    #expect(try load(.given(given)).normalization == given)
    let three = Normalization(mean: [0, 0, 0], deviation: [1, 1, 1])
    let error = #expect(throws: DatasetError.self) { try load(.given(three)) }
    #expect(
      error?.description
        == "dataset.mean, dataset.deviation: 3 values each, but the images of 'synthetic-digits' have 1 channel; give "
        + "one for each")
  }
}
