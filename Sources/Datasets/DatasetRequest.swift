/// Which data set to load, and how much of it.
public struct DatasetRequest: Sendable {
  /// One of `DatasetCatalog.names`.
  public var name: String
  /// The folder with the files; `synthetic-digits` needs none and ignores it.
  public var directory: String?
  /// How many training images to take, counted after those held out; absent: all.
  public var train: Int?
  /// How many test images to take from the start of the test set; absent: all.
  public var test: Int?
  /// How many images to hold out from the start of the training set; absent or 0: none.
  public var validation: Int?
  /// What `synthetic-digits` is drawn from; the other sets ignore it.
  public var seed: UInt64
  /// Called with the number of images read so far, and of all, where reading takes its time; from any thread.
  public var progress: (@Sendable (Int, Int) -> Void)?

  /// A request for the whole set of that name unless numbers are given.
  public init(
    name: String, directory: String? = nil, train: Int? = nil, test: Int? = nil, validation: Int? = nil,
    seed: UInt64 = 1, progress: (@Sendable (Int, Int) -> Void)? = nil
  ) {
    self.name = name
    self.directory = directory
    self.train = train
    self.test = test
    self.validation = validation
    self.seed = seed
    self.progress = progress
  }
}
