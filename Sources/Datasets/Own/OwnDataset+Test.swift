extension OwnDataset {
  /// The images to test a model on: those of the test set, or what is held out for it; where there is neither, all images.
  ///
  /// - Throws: `DatasetError`.
  package func loadTest(progress: (@Sendable (Int, Int) -> Void)? = nil) throws -> (
    images: ImageSet, warnings: [String]
  ) {
    let parts = try parts()
    let split = try split(parts, needsTest: false)
    let classes = try classNames(parts)
    let part = parts.test ?? parts.train
    let labels = try labels(part, classes, of: parts.test == nil ? nil : parts.train)
    let images = split.test.isEmpty ? split.train : split.test
    let read = try part.values(
      of: images, as: shape(parts),
      DataReading(skipsUnreadable: skipsUnreadable, progress: { done, all in progress?(done, all) }))
    let lost = Set(read.unreadable.map(\.image))
    let kept = images.filter { !lost.contains($0) }
    guard !kept.isEmpty else {
      throw DatasetError(
        part.path, "none of its images can be read", remedy: "see why with 'whittle data check'")
    }
    let set = ImageSet(
      name: "test", pixels: read.pixels, labels: kept.map { labels[$0] }, shape: try shape(parts))
    return (set, Self.warnings(read, "test"))
  }
}
