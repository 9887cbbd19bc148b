"""What a scene says when nothing particular is wanted: the runtime reads these fields unasked.

The values are those that the runtime itself fills in for a scene of the current schema; written
out, so that a scene depends on none of its migrations.
"""

from collections.abc import Iterable, Sequence

from movies.wall3d.splinecode import IdMap, Items, Tree, Value

IDENTITY: list[Value] = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
LINEAR_MIPMAP_LINEAR, LINEAR, CLAMP_TO_EDGE = 1008, 1006, 1001

Numbers = Sequence[float]


def entry(index: int, entry_id: str, data: Value) -> dict[str, Value]:
    """Return an item of an ordered list; `index` decides the order."""
    return {"fi": index, "id": entry_id, "data": data}


def node(index: int, node_id: str, data: Value, children: Iterable[Value] = ()) -> dict[str, Value]:
    """Return a node of the tree of objects."""
    return entry(index, node_id, data) | {"children": Tree(children)}


def entity(
    *,
    position: Numbers = (0, 0, 0),
    rotation: Numbers = (0, 0, 0),
    scale: Numbers = (1, 1, 1),
    states: Iterable[Value] = (),
    is_hit: bool = True,
) -> dict[str, Value]:
    """Return what every object has; rotations are in degrees.

    An object without hits ignores the pointer.
    """
    return {
        "states": Items(states),
        "events": Items(),
        "visible": True,
        "raycastLock": not is_hit,
        "physics": {
            "enabled": "visibility",
            "fusedBody": True,
            "rigidBody": "positioned",
            "density": 1,
            "pointMass": 0,
            "gravityScale": 1,
            "friction": 0.5,
            "damping": 0,
            "restitution": 0.2,
            "colliderType": "convex",
            "enabledRotation": [True, True, True],
            "enabledTranslation": [True, True, True],
        },
        "pathSnapping": {"pathId": None, "slide": 0, "offset": 0, "orientation": "tangential"},
        "position": list(position),
        "rotation": list(rotation),
        "scale": list(scale),
        "pivot": [0, 0, 0],
        "pivotRotation": [0, 0, 0],
        "hiddenMatrix": IDENTITY,
        "cloner": None,
    }


def texture_layers(image_id: str, alpha: float = 1) -> Value:
    """Return an unlit picture.

    Its colours are the posters', and no light has to be computed.

    The light layer has to be there all the same; hidden, it does nothing.
    """
    light: dict[str, Value] = {
        "type": "light",
        "category": "physical",
        "mode": 0,
        "isMask": False,
        "visible": False,
        "bumpMapIntensity": 5,
        "alphaOverride": 1,
        "roughness": 0.75,
        "metalness": 0,
        "reflectivity": 0.1,
        "alpha": 0.35,
        "occlusion": True,
    }
    texture: dict[str, Value] = {
        "type": "texture",
        "alpha": alpha,
        "mode": 0,
        "isMask": False,
        "visible": True,
        "size": [128, 128],
        "blending": 0,
        "axis": "x",
        "side": 0,
        "projection": 0,
        "crop": False,
        "texture": {
            "image": image_id,
            "wrapping": CLAMP_TO_EDGE,
            "repeat": [1, 1],
            "offset": [0, 0],
            "rotation": 0,
            "minFilter": LINEAR_MIPMAP_LINEAR,
            "magFilter": LINEAR,
        },
    }
    return {"layers": Items([entry(0, "light", light), entry(1, "picture", texture)])}


def mesh(
    name: str, *, width: float, height: float, corner: float, image_id: str, alpha: float = 1
) -> dict[str, Value]:
    """Return an upright rectangle with a picture on its front and nothing on its back."""
    return {
        "type": "Mesh",
        "name": name,
        "flatShading": False,
        "wireframe": False,
        "side": 0,
        "castShadow": False,
        "receiveShadow": False,
        "geometry": {
            "type": "RectangleGeometry",
            "width": width,
            "height": height,
            "cornerRadius": [corner] * 4,
            "cornerType": 0,
            "depth": 0,
            "extrudeBevelSize": 0,
            "extrudeBevelSegments": 1,
        },
        "material": texture_layers(image_id, alpha),
    }


def camera(*, distance: float, field_of_view: float) -> dict[str, Value]:
    """Return a camera that looks along the z axis; its vertical field of view is in degrees."""
    return entity(position=(0, 0, distance)) | {
        "type": "PerspectiveCamera",
        "name": "Camera",
        "far": 100_000,
        "perspective": {"near": 10, "fov": field_of_view, "zoom": 1},
        "orthographic": {"near": -100_000, "zoom": 1},
        "up": [0, 1, 0],
        "isUpVectorFlipped": False,
        "targetOffset": 1000,
    }


def page(name: str, *, camera: Value) -> dict[str, Value]:
    """Return the scene's one page: transparent, no fog, no sky, no effects."""

    def effect(blend: int = 13, **fields: Value) -> Value:
        return {"opacity": 1, "blendFunction": blend, "enabled": False} | fields

    white: Value = {"r": 1, "g": 1, "b": 1}
    return entity() | {
        "type": "Page",
        "name": name,
        "backgroundColor": {"r": 0, "g": 0, "b": 0, "a": 0},
        "postprocessing": {
            "enabled": False,
            "pixelation": effect(16, granularity=15),
            "bloom": effect(
                16,
                intensity=1,
                blurScale=1,
                luminanceThreshold=0.25,
                luminanceSmoothing=0.025,
                kernelSize=3,
            ),
            "chromaticAberration": effect(offset=[2, 2]),
            "vignette": effect(darkness=1, offset=0),
            "hueSaturation": effect(hue=3, saturation=0),
            "brightnessContrast": effect(brightness=0.25, contrast=0),
            "depthOfField": effect(focusDistance=100, focalLength=20, bokehScale=5),
            "noise": effect(16),
        },
        "fog": {
            "enabled": False,
            "useBackgroundColor": False,
            "color": white,
            "near": 0.1,
            "far": 2000,
            "mode": "linear",
            "density": 0.005,
            "heightFalloff": 0.01,
            "heightBase": 0,
        },
        "sky": {
            "enabled": False,
            "mode": "hdri",
            "hdri": {"image": None, "rotation": 0, "blur": 32, "showBackground": True},
            "timeOfDay": 10,
            "weather": "partlyCloudy",
            "lighting": True,
            "lightingIntensity": 1,
            "lightingQuality": "full",
            "clouds": True,
            "windSpeed": 2,
            "animateWind": True,
            "exposure": 1,
            "seed": 2,
        },
        "globalPhysics": {"usePhysics": False, "gravity": -10},
        "ambient": {"enabled": True, "color": white, "intensity": 1},
        "ao": {
            "occlusion": False,
            "aoFullRes": False,
            "radius": 256,
            "bias": 0.5,
            "aoColor": {"r": 0.2, "g": 0.2, "b": 0.2},
        },
        "shadow": {"type": "normal", "softShadowQuality": "low"},
        "publish": {"playCamera": "personal camera", "gameControlObject": None},
        "grading": {"pipeline": "classic", "toneMapping": "aces", "exposure": 1},
        "camera": camera,
        "timelines": IdMap(),
    }


def publication(page_id: str) -> dict[str, Value]:
    """How the page is shown: the canvas alone takes the pointer, nothing moves the camera."""
    limits: Value = {"min": 0.78, "max": 0.78}
    pan: Value = {"min": 250, "max": 250}
    return {
        "orbitControls": {
            "enablePan": False,
            "enableZoom": False,
            "enableRotate": False,
            "enableDamping": False,
            "rotationLimitsMode": 0,
            "rotationVerticalOffset": limits,
            "rotationHorizontalOffset": limits,
            "rotationSoftLimit": 2,
            "rotationSpeed": 1,
            "panLimitsMode": 0,
            "panVerticalOffset": pan,
            "panHorizontalOffset": pan,
            "panSoftLimit": 2,
            "zoomLimitsEnabled": False,
            "zoomLimits": {"min": 0.1, "max": 2},
            "autoRotate": False,
            "autoRotateSpeed": 2,
            "autoRotateClockwise": True,
            "hoverRotatePanMode": 0,
            "hoverRotatePanStrength": 20,
            "hoverRotateDamping": 0.125,
            "isTouchZoom": False,
            "orbitTouches": 2,
            "panTouches": 3,
            "resetHoverEffectOnPointerLeave": True,
        },
        "playPage": page_id,
        "withBackground": False,
        "preventScroll": False,
        "preventTouchScroll": False,
        "hideCursor": False,
        "mouseEventTarget": "canvas",
        "joystickSizeAndXYOffset": [[120, [0, 0], "show"] for _ in range(12)],
        "settings": {
            "image": {"format": "jpg", "ratio": 1, "colorSpace": "srgb"},
            "videoStatic": {
                "fps": 60,
                "mbps": 150,
                "ratio": 1,
                "duration": 1000,
                "format": "mp4",
                "imageFormat": "jpg",
                "activeTimeline": None,
                "colorSpace": "srgb",
            },
            "web": {
                "logo": False,
                "compress": True,
                "preset": 1,
                "preload": True,
                "hint": False,
                "imageQuality": 70,
                "pixelRatioMobile": 1,
                "pixelRatioDesktop": 0,
            },
        },
        "stopRaycast": True,
        "hdTransmission": False,
        "renderer": "webgl",
        "asyncShaderCompilation": True,
    }


def drawing_styles() -> dict[str, Value]:
    """Return settings of a drawing aid of the editor; no page uses them, every file has them."""
    return {
        "mode": "line-art-both",
        "prompt": "",
        "negativePrompt": "",
        "style": {"id": "basic", "label": "Basic", "style": "None", "prompt": ""},
        "isRandomSeed": True,
        "seed": 1,
        "guessMode": False,
        "advanced": False,
        "steps": 20,
        "guidanceScale": 7.5,
        "controlNetScale": 1,
        "modifiers": {},
    }


def shared(images: IdMap) -> dict[str, Value]:
    """Return what objects share, which is only pictures."""
    kinds = ("materials", "videos", "colors", "audios", "particles", "fonts")
    services = ("userAPIs", "userWebhooks")
    own = (*kinds, *services, "catelogs", "timelineAnimations")
    library = (*kinds, *services, "images", "components", "variables")
    return {
        **{kind: IdMap() for kind in own},
        "images": images,
        "variables": Items(),
        "lib": {kind: IdMap() for kind in library},
    }
