import Configs
import Datasets

extension OwnDataset {
  /// The data at a path as a model is to see it, with the shape, the classes and the column of labels of its training.
  ///
  /// - Parameter trained: the data set of the training; nil where the model's file does not say.
  /// - Throws: `DatasetError` where no format is found.
  init(at path: String, as trained: DatasetConfig?) throws {
    try self.init(at: path)
    guard let trained else { return }
    shape = trained.name.shape
    classes = trained.name.classNames
    label = format == "csv" ? trained.own?.label : nil
  }
}
