import Datasets
import GraphExec

extension ImageSet {
  /// The images as a backend takes them: bytes are normalized as a batch is gathered, floats here.
  package func host(_ normalization: PixelNormalization) -> HostImages {
    switch pixels {
    case .bytes(let bytes):
      HostImages(
        features: .bytes(bytes), labels: labels, size: shape.values, normalization: normalization)
    case .floats(let floats):
      HostImages(
        features: .floats(normalization.seen(floats, features: shape.values)), labels: labels,
        size: shape.values)
    }
  }
}
