import Configs
import Datasets
import GraphExec

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

  /// Loads what the config names and copies it to the backend; the host keeps the labels only.
  ///
  /// - Throws: `DatasetError`; errors of the device.
  package init(_ config: StudyConfig, backend: any Backend) throws {
    let set = try DatasetCatalog.load(
      DatasetRequest(
        name: config.dataset.name.name, directory: config.dataset.directory, train: config.dataset.train,
        test: config.dataset.test,
        validation: config.dataset.validation == 0 ? nil : config.dataset.validation))
    let normalization = config.dataset.normalization
    train = try backend.upload(set.train.host(normalization))
    test = try backend.upload(set.test.host(normalization))
    trainLabels = set.train.labels
    testLabels = set.test.labels
    digest = set.contentDigest()
    testDigest = set.test.contentDigest()
  }
}

extension ImageSet {
  fileprivate func host(_ normalization: PixelNormalization) -> HostImages {
    HostImages(
      features: .bytes(images), labels: labels, size: shape.values, normalization: normalization)
  }
}
