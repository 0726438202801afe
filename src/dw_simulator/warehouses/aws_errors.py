"""What AWS says no with, as errors of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import botocore.exceptions

from dw_simulator.config.groups import RedshiftSettings
from dw_simulator.errors import ConfigError, ServiceUnavailable, WarehouseError

_ACCESS = re.compile(r"AccessDenied|Unrecognized|Invalid(Client|Signature|Access)|ExpiredToken|Signature|NotAuthorized")
_ACCESS_HINT = "check the AWS credentials (redshift.profile or the s3 settings), their rights and redshift.region"
_TARGET_HINT = "check redshift.cluster_identifier or serverless_work_group, database, db_user and secret_arn"


@contextmanager
def explained(api: str, settings: RedshiftSettings) -> Iterator[None]:
    """Turn the errors of botocore into ours. ``api`` names what was asked.

    Raises:
        WarehouseError: AWS refused. ConfigError: there are no credentials. ServiceUnavailable: AWS does not answer.
    """
    try:
        yield
    except botocore.exceptions.ClientError as error:
        code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
        hint = _ACCESS_HINT if _ACCESS.search(code) else _TARGET_HINT
        raise WarehouseError(f"{api} refused: {code}: {message}", hint=hint) from error
    except (botocore.exceptions.NoCredentialsError, botocore.exceptions.ProfileNotFound) as error:
        raise ConfigError(str(error), hint="set redshift.profile or s3.credentials, or run: aws configure") from error
    except botocore.exceptions.ParamValidationError as error:
        raise ConfigError(f"{api} cannot be asked with these settings: {error}", hint=_TARGET_HINT) from error
    except (botocore.exceptions.HTTPClientError, botocore.exceptions.BotoCoreError) as error:
        address = settings.endpoint_url or api
        elsewhere = None if settings.endpoint_url else "check redshift.region and the network"
        raise ServiceUnavailable("redshift", address, reason=str(error), hint=elsewhere) from error
