import Datasets
import Testing

/// The set drawn from strokes: the same everywhere, balanced, and no test image known from training.
@Suite struct SyntheticDigitsTests {
  private func load(train: Int, test: Int, validation: Int? = nil, seed: UInt64 = 1) throws -> Dataset {
    try DatasetCatalog.load(
      DatasetRequest(
        name: "synthetic-digits", train: train, test: test, validation: validation, seed: seed))
  }

  @Test("A seed gives these bytes on every machine")
  func pinned() throws {
    let data = try load(train: 12_000, test: 2_000)
    #expect(data.train.images.count == 12_000 * 784)
    #expect(data.contentDigest() == "69edd744ad521e38ac0b9fe99059d4940beaff94458ea5b12931688adde73128")
  }

  @Test("Classes are balanced, in any ten images from the start, and not in a fixed order")
  func balance() throws {
    let data = try load(train: 1000, test: 500)
    for set in [data.train, data.test] {
      let blocks = stride(from: 0, to: set.count, by: 10).map { Array(set.labels[$0..<$0 + 10]) }
      #expect(blocks.allSatisfy { $0.sorted() == Array(0...9) })
      #expect(Set(blocks).count > blocks.count / 2)
    }
  }

  @Test("An image depends on the seed, the part and its index, not on how many are asked for")
  func prefixes() throws {
    let small = try load(train: 25, test: 15)
    let large = try load(train: 95, test: 40)
    #expect(Array(large.train.images.prefix(25 * 784)) == small.train.images)
    #expect(Array(large.train.labels.prefix(25)) == small.train.labels)
    #expect(Array(large.test.images.prefix(15 * 784)) == small.test.images)
    let held = try load(train: 62, test: 1, validation: 33)
    #expect(held.validation?.images == Array(large.train.images.prefix(33 * 784)))
    #expect(held.train.images == Array(large.train.images.dropFirst(33 * 784)))
    #expect(held.train.labels == Array(large.train.labels.dropFirst(33)))
    #expect(try load(train: 25, test: 15, seed: 2).train.images != small.train.images)
  }

  @Test("No image occurs twice, in training or test")
  func distinct() throws {
    let data = try load(train: 2000, test: 1000)
    var seen = Set<[UInt8]>()
    for set in [data.train, data.test] {
      for start in stride(from: 0, to: set.images.count, by: set.shape.values) {
        seen.insert(Array(set.images[start..<start + set.shape.values]))
      }
    }
    #expect(seen.count == 3000)
  }

  @Test("There are as many images as in MNIST, and no more")
  func limits() {
    #expect(
      loadError(DatasetRequest(name: "synthetic-digits", train: 60_001))
        == "dataset.train: 60001 images asked for, but 'synthetic-digits' has 60000 to train on; take fewer")
    #expect(
      loadError(DatasetRequest(name: "synthetic-digits", train: 10, test: 10_001))
        == "dataset.test: 10001 images asked for, but 'synthetic-digits' has 10000 to test on; take fewer")
  }
}
