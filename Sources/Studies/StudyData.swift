import Configs
import Datasets
import GraphExec
import ModelEvaluation

/// A study's images on its device.
package struct StudyData: Sendable {
  /// Training images.
  package let train: any ResidentSet
  /// Test images.
  package let test: any ResidentSet
  /// Labels of both, which features computed from the images share.
  let trainLabels: [UInt8]
  let testLabels: [UInt8]
  /// SHA-256 of images and labels, and of those to test on alone.
  package let digest: String
  package let testDigest: String
  /// What the networks see of the values: what the config says, or what was measured of the training images.
  let normalization: PixelNormalization
  /// Whether the values are floats, and not bytes.
  let areFloats: Bool
  /// What people should know of how the data was read, a line each.
  package let warnings: [String]

  /// Loads what the config names and copies it to the backend; the host keeps the labels only.
  ///
  /// - Parameter progress: called with the number of images read so far, and of all, where reading takes its time.
  /// - Throws: `DatasetError`; errors of the device.
  package init(
    _ config: StudyConfig, backend: any Backend, progress: (@Sendable (Int, Int) -> Void)? = nil
  ) throws {
    let set = try config.dataset.load(progress: progress)
    normalization =
      config.dataset.measuresNormalization
      ? PixelNormalization(set.train.statistics()) : config.dataset.normalization
    if case .floats = set.train.pixels { areFloats = true } else { areFloats = false }
    train = try backend.upload(set.train.host(normalization))
    test = try backend.upload(set.test.host(normalization))
    trainLabels = set.train.labels
    testLabels = set.test.labels
    digest = set.contentDigest()
    testDigest = set.test.contentDigest()
    warnings = set.warnings
  }
}
