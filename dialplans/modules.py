"""Which Asterisk modules are loaded: an explicit list is faster, and what is not loaded cannot be attacked."""

from pathlib import Path

from dialplans.values import WrongRendering

ESSENTIAL = (
    "res_timing_timerfd",  # without a timer neither music nor prompts keep their pace
    "pbx_config",
    "res_pjsip",
    "res_pjsip_session",
    "chan_pjsip",
    "res_rtp_asterisk",
    "res_agi",
    "app_queue",
    "app_playback",
    "app_stack",
    "app_celgenuserevent",
    "cel_custom",
    "bridge_simple",
    "codec_alaw",
    "codec_ulaw",
    "format_wav",
    "res_musiconhold",
    "func_callerid",
    "func_channel",
    "func_logic",
    "func_strings",
    "func_timeout",
)
"""A call cannot be served without: an Asterisk that cannot load one of them does not start (`require`)."""

# Not bridge_native_rtp, which hands a person's RTP packets on into the stream that the caller had until then. Measured
# with 22.10 at both ends: in 8 of 16 calls the caller did not hear the person at all, without it in 0 of 21.
NEEDED = (
    "res_sorcery_config",
    "res_sorcery_memory",
    "res_sorcery_astdb",
    "res_pjproject",
    "res_pjsip_pubsub",  # chan_pjsip refuses to load without
    "res_pjsip_sdp_rtp",
    "res_pjsip_endpoint_identifier_ip",
    "res_pjsip_authenticator_digest",  # without it res_pjsip warns at every request
    "res_pjsip_outbound_authenticator_digest",
    "res_pjsip_outbound_registration",
    "res_pjsip_caller_id",
    "res_pjsip_nat",
    "res_pjsip_rfc3326",  # the Reason of a hangup
    "res_speech",  # res_agi refuses to load without
    "app_dial",
    "codec_a_mu",
    "codec_g722",
    "codec_gsm",
    "codec_resample",
    "format_gsm",
    "format_pcm",
    "format_sln",
)
"""Loaded where they are; each is in every Asterisk from 20 on."""

OPTIONAL = (
    "res_cdrel_custom",  # cel_custom is built on it from Asterisk 22.8 on
    "res_geolocation",  # res_pjsip links to these two in some builds
    "res_statsd",
    "res_http_websocket",
    "codec_opus_open_source",
    "codec_opus",
    "res_format_attr_opus",
)
"""Loaded where the installation has them."""

ROOMS = ("app_confbridge", "app_channelredirect", "bridge_softmix", "func_groupcount")
"""The room of a call that needs more than a bridge of two, and who belongs to the call."""
NUMBER = ("app_senddtmf",)
"""Its pause reads what a person says while the caller is told who has answered."""
REGISTERING = ("res_pjsip_registrar", "res_pjsip_endpoint_identifier_user")
"""Agents' own phones, which register by name and password."""
TAPE = ("app_mixmonitor", "func_periodic_hook", "app_chanspy", "func_cut", "func_uri")
"""app_mixmonitor records calls; it needs func_periodic_hook, and that the rest (and ROOMS' func_groupcount)."""
RECORDING = (*TAPE, "func_groupcount")
CARRIER = (*RECORDING, "func_global", "app_senddtmf", "app_echo", "app_verbose")


def load_list(modules: Path, more: tuple[str, ...] = ()) -> list[str]:
    """The modules to load besides the essential ones. Raises WrongRendering when the folder lacks one."""
    there = {path.stem for path in modules.glob("*.so")}
    lacking = [name for name in (*ESSENTIAL, *NEEDED, *more) if name not in there]
    if lacking:
        raise WrongRendering(f"{modules} lacks {', '.join(lacking)}: this Asterisk cannot serve; install a whole one")
    return [*NEEDED, *more, *(name for name in OPTIONAL if name in there)]
