/// `X[f, b]` from the data set's images of this batch.
public struct LoadBatch: Operation {
  /// `gather`.
  public static let name = "gather"

  /// Creates the operation.
  public init() {}
}
