/// `X[f, b]` from the data set's images of this batch.
public struct LoadBatch: Operation {
  /// `gather`.
  public static let name = "gather"
  /// What is made of the images.
  public let augmentation: Augmentation

  /// Creates the operation.
  public init(_ augmentation: Augmentation = .none) { self.augmentation = augmentation }
}

extension ForwardPass {
  /// The same of images that are cropped and mirrored.
  ///
  /// - Throws: `GraphError` for images without lines and columns.
  func augmented(_ augmentation: Augmentation) throws(GraphError) -> ForwardPass {
    guard augmentation != .none else { return self }
    for node in graph.nodes where node.operation is LoadBatch {
      if let images = node.output, graph.shape(images).isFlat {
        throw GraphError(
          "images of \(graph.shape(images)) features have no lines that could be cropped or mirrored")
      }
    }
    return ForwardPass(
      graph.mapOperations { $0 is LoadBatch ? LoadBatch(augmentation) : $0 }, output: output)
  }
}
