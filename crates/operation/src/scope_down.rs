//! The session policies of guests in the enhanced flow (`spec/cognito-identity.md`, section 11): the
//! services that an unauthenticated identity can reach at most, whatever its role allows.

/// The inline session policy, as Daypass words it: the documented services, in full or in part.
pub const INLINE: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "Allow",
    "Action": [
      "firehose:*", "kinesisanalytics:*", "sqs:*", "sns:*", "ses:*", "sumerian:View*",
      "mobileanalytics:*", "lambda:*", "execute-api:*", "appsync:*",
      "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*",
      "dynamodb:*", "sdb:*", "s3:*", "geo:*", "gamelift:*", "iot:*",
      "codewhisperer:*", "comprehend:*", "lex:*", "machinelearning:*", "personalize:*", "polly:*",
      "rekognition:*", "transcribe:*", "translate:*", "sagemaker:InvokeEndpoint",
      "textract:DetectDocumentText", "textract:AnalyzeDocument", "cloudwatch:*", "logs:*",
      "cognito-identity:*", "cognito-idp:*", "cognito-sync:*"
    ],
    "Resource": "*"
  }]
}"#;

/// The managed session policy that joins it: what it adds is of services not served here, but
/// simulations speak of them.
pub const MANAGED: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [{
    "Sid": "CognitoUnAuthedIdentitiesSessionPolicy",
    "Effect": "Allow",
    "Action": [
      "rum:PutRumEvents", "sagemaker:InvokeEndpoint", "polly:*", "comprehend:*", "translate:*", "transcribe:*",
      "rekognition:*", "mobiletargeting:*", "firehose:*", "personalize:*", "geo:GetMap*", "geo:ListMaps",
      "geo:SearchPlaceIndex*", "geo:GetPlace", "geo:CalculateRoute*", "geo:*Geofence", "geo:*Geofences",
      "geo:*DevicePosition*", "kms:Encrypt", "kms:Decrypt", "kms:ReEncryptTo", "kms:ReEncryptFrom",
      "kms:GenerateDataKey", "kms:GenerateDataKeyPair", "kms:GenerateDataKeyWithoutPlaintext",
      "kms:GenerateDataKeyPairWithoutPlaintext"
    ],
    "Resource": "*"
  }]
}"#;
